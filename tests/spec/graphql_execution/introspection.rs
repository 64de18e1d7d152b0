//! Every tool's introspection query is answered, and nobody gets more than one schema's worth.

use serde_json::{Value, json};

use super::repeated;
use crate::harness::{Answer, Database, SERVICE_SECRET, World};

const HASURA: &str = include_str!("../fixtures/hasura-introspection.graphql");

/// `getIntrospectionQuery` of graphql-js, with each of its options or without, and with so many
/// levels of `ofType`: tools have 7 to 10.
fn of_tools(options: &[&str], levels: usize) -> String {
    let having = |option: &str, text: &'static str| {
        if options.contains(&option) { text } else { "" }
    };
    let of_type = (0..levels)
        .fold("kind name".to_owned(), |below, _| format!("kind name ofType {{ {below} }}"));
    let deprecated = having("inputValueDeprecation", "(includeDeprecated: true)");
    format!(
        "query IntrospectionQuery {{ __schema {{ {} queryType {{ name kind }} mutationType {{ name kind }} \
           subscriptionType {{ name kind }} types {{ ...FullType }} \
           directives {{ name description {} locations args{deprecated} {{ ...InputValue }} }} }} }} \
         fragment FullType on __Type {{ kind name description {} {} \
           fields(includeDeprecated: true) {{ name description args{deprecated} {{ ...InputValue }} \
             type {{ ...TypeRef }} isDeprecated deprecationReason }} \
           inputFields{deprecated} {{ ...InputValue }} interfaces {{ ...TypeRef }} \
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} \
           possibleTypes {{ ...TypeRef }} }} \
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue {} }} \
         fragment TypeRef on __Type {{ {of_type} }}",
        having("schemaDescription", "description"),
        having("directiveIsRepeatable", "isRepeatable"),
        having("specifiedByUrl", "specifiedByURL"),
        having("oneOf", "isOneOf"),
        having("inputValueDeprecation", "isDeprecated deprecationReason"),
    )
}

/// What Apollo Kotlin asks for, to find out which options it may use.
const KOTLIN: &str = "query PreIntrospectionQuery { schema: __type(name: \"__Schema\") { ...T } \
     type: __type(name: \"__Type\") { ...T } directive: __type(name: \"__Directive\") { ...T } \
     field: __type(name: \"__Field\") { ...T } inputValue: __type(name: \"__InputValue\") { ...T } } \
     fragment T on __Type { name fields { name args { name } } }";

async fn ask(world: &World, query: &str) -> (usize, Answer) {
    let response = world.server.post().json(&json!({ "query": query })).send().await.unwrap();
    let text = response.text().await.unwrap();
    (text.len(), Answer(serde_json::from_str(&text).unwrap()))
}

#[tokio::test]
async fn every_tool_gets_the_schema() {
    let world = World::on(Database::sqlite()).await;
    let all = [
        "inputValueDeprecation",
        "schemaDescription",
        "directiveIsRepeatable",
        "specifiedByUrl",
        "oneOf",
    ];
    let mut queries = vec![HASURA.to_owned()];
    for levels in 7..=10 {
        queries.push(of_tools(&[], levels));
        queries.push(of_tools(&all, levels));
        queries.extend(all.iter().map(|one| of_tools(&[one], levels)));
    }
    let types = "{ __schema { types { name } } }";
    let names = ask(&world, types).await.1.data("/__schema/types").as_array().unwrap().len();
    for query in queries {
        let (_, answer) = ask(&world, &query).await;
        assert_eq!(answer.data("/__schema/types").as_array().unwrap().len(), names, "{query}");
        // The same within one request of several operations.
        let service = [("x-service-secret", SERVICE_SECRET)];
        assert_eq!(world.server.ask(&service, &query, Value::Null).await, answer);
    }
    let (_, answer) = ask(&world, KOTLIN).await;
    let fields = answer.data("/type/fields").as_array().unwrap();
    assert!(fields.iter().any(|field| field["name"] == "isOneOf"));
    assert!(fields.iter().any(|field| field["args"][0]["name"] == "includeDeprecated"));
}

#[tokio::test]
async fn nobody_gets_the_schema_several_times_over() {
    let world = World::on(Database::sqlite()).await;
    let (once, _) = ask(&world, &of_tools(&[], 9)).await;
    let full = of_tools(&[], 9).replace("query IntrospectionQuery", "");
    let (selection, fragments) = full.split_once(" fragment").unwrap();
    let selection = selection.trim().trim_start_matches('{').trim_end_matches('}');
    let aliased = |times: usize| {
        let fields = repeated(times, |n| format!("a{n}: {selection} "));
        format!("{{ {fields} }} fragment{fragments}")
    };
    let descriptions = repeated(900, |n| format!("d{n}: description "));
    for query in [
        aliased(5),
        aliased(20),
        format!("{{ __type(name: \"ProviderConnection\") {{ fields {{ {descriptions} }} }} }}"),
        format!("{{ __schema {{ types {{ fields {{ {descriptions} }} }} }} }}"),
    ] {
        let (bytes, answer) = ask(&world, &query).await;
        assert_eq!(answer.code(), "QUERY_TOO_COMPLEX", "{bytes} bytes for {query:.200}");
        let service = [("x-service-secret", SERVICE_SECRET)];
        let answer = world.server.ask(&service, &query, Value::Null).await;
        assert_eq!(answer.code(), "QUERY_TOO_COMPLEX", "{query:.200}");
    }
    // What is answered is at most a few times the whole schema.
    for times in 1..5 {
        let (bytes, _) = ask(&world, &aliased(times)).await;
        assert!(bytes < 4 * once, "{bytes} of {once}");
    }
}
