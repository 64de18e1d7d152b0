//! The same fields as the documentation of async-graphql and SeaORM would have them written: a derived schema, a
//! derived entity, and a resolver that runs one query. `async_graphql_axum` is left out, which would switch on features
//! of axum for the whole workspace: a handler that takes a request and returns a response does the same.

use std::sync::Arc;

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, ID, Object, Request, Response, Schema, SimpleObject,
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use provider_connections_bench::{Error, Settings, Verifier, serve, status};
use sea_orm::{
    ColumnTrait, ConnectOptions, Database, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

// The server's allocator, so that programs and not allocators are compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The columns that the fields need; a generated entity would have all.
mod provider_connection {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "provider_connection")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: Uuid,
        pub provider: String,
        pub state: String,
        pub access_token_expires_at: Option<DateTimeUtc>,
        pub refresh_token: Option<Vec<u8>>,
        pub connected_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use provider_connection::{Column, Entity, Model};

#[derive(SimpleObject)]
struct ProviderConnection {
    id: ID,
    provider: String,
    status: &'static str,
    expires_at: Option<String>,
    refreshable: bool,
    connected_at: String,
}

impl From<Model> for ProviderConnection {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            status: status(&row.state),
            provider: row.provider,
            expires_at: row.access_token_expires_at.map(|at| at.to_rfc3339()),
            refreshable: row.refresh_token.is_some(),
            connected_at: row.connected_at.to_rfc3339(),
        }
    }
}

struct Query;

#[Object]
impl Query {
    async fn provider_connections(
        &self,
        context: &Context<'_>,
    ) -> async_graphql::Result<Vec<ProviderConnection>> {
        let db = context.data::<DatabaseConnection>()?;
        let rows = Entity::find()
            .filter(Column::UserId.eq(*context.data::<Uuid>()?))
            .filter(Column::State.ne("connecting"))
            .order_by_asc(Column::Provider)
            .all(db)
            .await?;
        Ok(rows.into_iter().map(ProviderConnection::from).collect())
    }
}

struct App {
    schema: Schema<Query, EmptyMutation, EmptySubscription>,
    verifier: Verifier,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let Settings { database_url, max_connections, verifier } = Settings::from_environment()?;
    let mut options = ConnectOptions::new(database_url);
    options.max_connections(max_connections).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription).data(db).finish();
    let app = Arc::new(App { schema, verifier });
    serve(Router::new().route("/graphql", post(graphql)).with_state(app)).await
}

async fn graphql(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Json(request): Json<Request>,
) -> Result<Json<Response>, StatusCode> {
    let user = app.verifier.user(&headers)?;
    Ok(Json(app.schema.execute(request.data(user)).await))
}
