//! The limit: the same SELECT as the product's, as JSON, with nothing around it.

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use std::sync::Arc;

/// Where the product's statement stands.
const SOURCE: &str = include_str!("../../crates/areas/repairs/src/repair/queries.rs");

/// The statement of `repair::queries::by_reference`, made JSON by the database. It is taken from the source, so that the two never part.
fn statement() -> Result<String> {
    let body = SOURCE.split_once("pub async fn by_reference").context("by_reference has another name")?.1;
    let sql =
        body.split_once("r#\"").and_then(|(_, rest)| rest.split_once("\"#")).context("its SQL stands elsewhere")?.0;
    Ok(format!("select to_jsonb(q) from ({sql}) q"))
}

/// Serves `/api/v1/repairs/{reference}` until stopped.
pub async fn serve(port: u16) -> Result<()> {
    let url = std::env::var("DATABASE_URL").context("set DATABASE_URL")?;
    let pool = PgPoolOptions::new().max_connections(20).connect(&url).await?;
    let sql: Arc<str> = statement()?.into();
    let router = Router::new().route("/api/v1/repairs/{reference}", get(read)).with_state((pool, sql));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn read(
    State((pool, sql)): State<(PgPool, Arc<str>)>,
    Path(reference): Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let nobody: Option<uuid::Uuid> = None;
    let row: Option<Value> = sqlx::query_scalar(AssertSqlSafe(sql.to_string()))
        .bind(reference)
        .bind(nobody)
        .bind(nobody)
        .bind(nobody)
        .fetch_optional(&pool)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    row.map(Json).ok_or(StatusCode::NOT_FOUND)
}
