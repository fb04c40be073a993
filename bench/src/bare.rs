//! The limit: the same SELECT and JSON, with nothing around it.

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use serde_json::Value;
use sqlx::{PgPool, postgres::PgPoolOptions};

/// Serves `/api/v1/repairs/{reference}` until stopped.
pub async fn serve(port: u16) -> Result<()> {
    let url = std::env::var("DATABASE_URL").context("set DATABASE_URL")?;
    let pool = PgPoolOptions::new().max_connections(20).connect(&url).await?;
    let router = Router::new().route("/api/v1/repairs/{reference}", get(read)).with_state(pool);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn read(State(pool): State<PgPool>, Path(reference): Path<String>) -> Result<Json<Value>, StatusCode> {
    let row: Option<Value> = sqlx::query_scalar("select to_jsonb(r) from repair r where reference = $1")
        .bind(reference)
        .fetch_optional(&pool)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    row.map(Json).ok_or(StatusCode::NOT_FOUND)
}
