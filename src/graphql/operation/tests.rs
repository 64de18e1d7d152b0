use async_graphql::{Request, Variables, parser::types::SelectionSet};
use serde_json::{Value as Json, json};

use super::{Documents, Limits, Refused, Terms};

/// What this project's own schema has not, yet: input objects, lists of lists, floats.
const SCHEMA: &str = "
    scalar uuid
    enum Colour { RED BLUE }
    input Point { x: Int!, y: Int! = 2, colour: Colour = BLUE, next: Point, id: uuid }
    type Query {
      leaf(point: Point, points: [Point!], ints: [[Int]], float: Float, id: ID, colour: Colour! = RED, needed: Int! = 1): String
      self: Query
      page(first: Int! = 20): [Query!]!
      accessToken: String
    }";

const TERMS: Terms = Terms { limits: Limits::USER, shows_schema: true };

fn prepared(query: &str, variables: Json, terms: &Terms) -> Result<String, Refused> {
    let documents = Documents::new(SCHEMA);
    let mut request = Request::new(query).variables(Variables::from_json(variables));
    documents.prepare(&mut request, terms)?;
    assert!(request.variables.is_empty() && request.query.is_empty());
    let (_, operation) = request.parsed_query().unwrap().operations.iter().next().unwrap();
    Ok(printed(&operation.node.selection_set.node))
}

/// What is executed, in GraphQL.
fn printed(set: &SelectionSet) -> String {
    let fields = set.items.iter().map(|item| {
        assert!(item.node.directives().is_empty());
        let async_graphql::parser::types::Selection::Field(field) = &item.node else {
            panic!("a fragment is left")
        };
        let field = &field.node;
        let alias = field.alias.as_ref().map(|alias| format!("{alias}:")).unwrap_or_default();
        let arguments = field.arguments.iter().map(|(name, value)| format!("{name}:{value}"));
        let arguments = arguments.collect::<Vec<_>>().join(",").replace(' ', "");
        let arguments = if arguments.is_empty() { arguments } else { format!("({arguments})") };
        let below = &field.selection_set.node;
        let below = if below.items.is_empty() { String::new() } else { printed(below) };
        format!("{alias}{}{arguments}{below}", field.name)
    });
    format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
}

#[test]
fn an_operation_is_written_out() {
    for (query, expected) in [
        ("{ leaf }", "{leaf}"),
        ("{ a: leaf leaf a: leaf }", "{a:leaf leaf}"),
        (
            "{ ...A ...A self { leaf } } fragment A on Query { self { b: leaf ...B } } fragment B on Query { leaf }",
            "{self{b:leaf leaf}}",
        ),
        (
            "{ self @skip(if: true) { leaf } leaf @include(if: true) ... @include(if: false) { a: leaf } }",
            "{leaf}",
        ),
        ("{ leaf @skip(if: false) @include(if: false) __typename }", "{__typename}"),
        // A fragment that is left out once applies where it is not.
        ("{ ...A @skip(if: true) ...A } fragment A on Query { leaf }", "{leaf}"),
        ("query A { leaf }", "{leaf}"),
        ("{ leaf(ints: 1) }", "{leaf(ints:[[1]])}"),
        ("{ leaf(ints: [1, null]) }", "{leaf(ints:[[1],null])}"),
        ("{ leaf(points: {x: 1}) }", "{leaf(points:[{x:1,y:2,colour:BLUE}])}"),
        (
            "{ leaf(point: {x: 1, y: 3, next: {x: 4}}) }",
            "{leaf(point:{x:1,y:3,colour:BLUE,next:{x:4,y:2,colour:BLUE}})}",
        ),
        ("{ leaf(id: 1, float: 1) }", "{leaf(id:\"1\",float:1)}"),
    ] {
        assert_eq!(prepared(query, json!({}), &TERMS).unwrap(), expected, "{query}");
    }
}

#[test]
fn variables_are_filled_in() {
    for (query, variables, expected) in [
        ("query($v: Int) { leaf(needed: $v) }", json!({}), "{leaf}"),
        ("query($v: Int! = 3) { leaf(needed: $v) }", json!({}), "{leaf(needed:3)}"),
        ("query($v: Int = 3) { leaf(needed: $v) }", json!({ "v": 4.0 }), "{leaf(needed:4)}"),
        ("query($v: Point) { leaf(point: $v) }", json!({ "v": null }), "{leaf(point:null)}"),
        (
            "query($v: Point) { leaf(point: $v) }",
            json!({ "v": { "x": 1 } }),
            "{leaf(point:{x:1,y:2,colour:BLUE})}",
        ),
        (
            "query($v: [Point!]) { leaf(points: $v) }",
            json!({ "v": { "x": 1, "colour": "RED" } }),
            "{leaf(points:[{x:1,y:2,colour:RED}])}",
        ),
        (
            "query($v: Int!) { leaf(point: {x: $v, y: $v}) }",
            json!({ "v": 5 }),
            "{leaf(point:{x:5,y:5,colour:BLUE})}",
        ),
        (
            "query($v: Int) { leaf(point: {x: 1, y: $v}) }",
            json!({}),
            "{leaf(point:{x:1,y:2,colour:BLUE})}",
        ),
        (
            "query($v: Colour) { leaf(point: {x: 1, colour: $v}) }",
            json!({ "v": null }),
            "{leaf(point:{x:1,y:2,colour:null})}",
        ),
        ("query($v: Int) { leaf(ints: [[1, $v]]) }", json!({}), "{leaf(ints:[[1,null]])}"),
        ("query($v: ID) { leaf(id: $v) }", json!({ "v": 7 }), "{leaf(id:\"7\")}"),
        ("query($v: Float) { leaf(float: $v) }", json!({ "v": 7 }), "{leaf(float:7)}"),
        (
            "query($v: [[Int]]) { leaf(ints: $v) }",
            json!({ "v": [1, [2]] }),
            "{leaf(ints:[[1],[2]])}",
        ),
        ("query($v: Boolean = true) { leaf @skip(if: $v) __typename }", json!({}), "{__typename}"),
    ] {
        assert_eq!(prepared(query, variables, &TERMS).unwrap(), expected, "{query}");
    }
}

#[test]
fn a_value_that_is_not_of_its_type_is_refused_with_its_place() {
    for (ty, value, place) in [
        ("Point", json!({}), "is missing a required field"),
        ("Point", json!({ "x": 1, "z": 2 }), "has a field that its type does not have"),
        ("Point", json!({ "x": null }), "is null where a value is required, at .x"),
        ("Point", json!({ "x": 1, "next": { "x": "1" } }), "has the wrong type, at .next.x"),
        ("Point", json!([]), "has the wrong type"),
        ("Point", json!({ "x": 1, "id": "no uuid" }), "has the wrong type, at .id"),
        ("[Point!]", json!([{ "x": 1 }, null]), "is null where a value is required, at [1]"),
        ("[[Int]]", json!([[1, 2], [3, "4"]]), "has the wrong type, at [1][1]"),
        ("Colour", json!("green"), "has the wrong type"),
        ("Int", json!(1.5), "has the wrong type"),
        ("Int", json!(-2_147_483_649_i64), "has the wrong type"),
        ("Int", json!("1"), "has the wrong type"),
        ("ID", json!(1.5), "has the wrong type"),
        ("Float", json!("1"), "has the wrong type"),
        ("Boolean!", json!(0), "has the wrong type"),
    ] {
        let query = format!("query($v: {ty}) {{ ... @include(if: false) {{ {} }} }}", used(ty));
        let refused = prepared(&query, json!({ "v": value }), &TERMS).unwrap_err();
        assert!(matches!(refused, Refused::Value(_)), "{ty} {value}: {refused:?}");
        assert!(refused.to_string().ends_with(&format!("{place}.")), "{ty} {value}: {refused}");
    }
}

/// A field that takes a variable of this type.
fn used(ty: &str) -> &'static str {
    match ty {
        "Point" => "leaf(point: $v)",
        "[Point!]" => "leaf(points: $v)",
        "[[Int]]" => "leaf(ints: $v)",
        "Colour" => "leaf(point: { x: 1, colour: $v })",
        "Int" => "leaf(point: { x: 1, y: $v })",
        "ID" => "leaf(id: $v)",
        "Float" => "leaf(float: $v)",
        _ => "leaf @skip(if: $v)",
    }
}

#[test]
fn what_it_costs_is_known_before_it_runs() {
    let limits = Limits { complexity: 40, depth: 4, size: 60, ..Limits::USER };
    let terms = Terms { limits, ..TERMS };
    let chosen = |query: &str| prepared(query, json!({ "n": 20 }), &terms);
    for (fits, does_not) in [
        ("{ page(first: 39) { leaf } }", "{ page(first: 40) { leaf } }"),
        (
            "query($n: Int!) { page(first: $n) { leaf } }",
            "query($n: Int!) { page(first: $n) { leaf a: leaf } }",
        ),
        ("{ page { leaf } }", "{ page { leaf a: leaf } }"),
        ("{ self { self { self { leaf } } } }", "{ self { self { self { self { leaf } } } } }"),
        ("{ a: accessToken b: accessToken c: accessToken }", "{ page(first: 8) { accessToken } }"),
        (
            "{ leaf(ints: [1, 2, 3]) }",
            "{ leaf(ints: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30]) }",
        ),
    ] {
        chosen(fits).unwrap_or_else(|refused| panic!("{fits}: {refused}"));
        assert!(matches!(chosen(does_not), Err(Refused::TooMuch(_))), "{does_not}");
    }
}

fn repeated(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect()
}

#[test]
fn what_a_service_may_send_is_not_a_users_because_it_is_known() {
    let documents = Documents::new(SCHEMA);
    let fields = repeated(1_001, |n| format!("a{n}: leaf "));
    let ask = |query: &str, limits: Limits| {
        let mut request = Request::new(query);
        documents.prepare(&mut request, &Terms { limits, shows_schema: true })
    };
    for query in [
        format!("{{ {} }}", &fields[..7_000].rsplit_once(" a").unwrap().0),
        "{ a { b }".to_owned(),
        format!("{{ {} }}", "leaf ".repeat(1_500)),
        format!("query A {{ leaf }} {}", repeated(60, |n| format!("query B{n} {{ leaf }} "))),
    ] {
        let narrow = Limits { complexity: 500, size: 1_000, ..Limits::USER };
        let first = ask(&query, narrow);
        let _ = ask(&query, Limits { operations: 100, ..Limits::SERVICE });
        assert!(first.is_err(), "{query:.60}");
        assert_eq!(ask(&query, narrow), first, "{query:.60}");
    }
}

#[test]
fn an_operation_is_found_by_its_name() {
    let documents = Documents::new(SCHEMA);
    let find = |query: &str, name: Option<&str>| {
        let mut request = Request::new(query);
        request.operation_name = name.map(ToOwned::to_owned);
        documents.prepare(&mut request, &TERMS).map(|_| ())
    };
    let two = "query A { leaf } query B { leaf }";
    // Twice: the second time it is known.
    for _ in 0..2 {
        for (query, name, found) in [
            ("{ leaf }", None, true),
            ("{ leaf }", Some("A"), false),
            ("query A { leaf }", None, true),
            ("query A { leaf }", Some("A"), true),
            ("query A { leaf }", Some("B"), false),
            ("query A($v: Int) { leaf(needed: $v) }", Some("B"), false),
            (two, None, false),
            (two, Some("B"), true),
            (two, Some("C"), false),
            (two, Some(""), false),
        ] {
            assert_eq!(find(query, name).is_ok(), found, "{query} {name:?}");
        }
    }
}
