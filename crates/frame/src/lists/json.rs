//! A list as JSON: the same rows, filters and orders as the page, and their description.

use super::{
    AnyList, AnyRow, From,
    filter::{ALL, Control, Filter, Reader, Reads},
};
use crate::{
    App, Area, Asked, Caller,
    api::{ApiResult, ListPage, tagged},
    get,
};
use axum::{extract::State, http::HeaderMap};
use rooftree_platform::{Error, Result};
use rooftree_ui::Query;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use utoipa::{
    ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, HttpMethod, InfoBuilder, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr,
        Required, ResponseBuilder, SecurityRequirement,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type},
    },
};

/// Rows on a page of the API when nothing else is asked for.
const ROWS: i64 = 50;
/// The most.
const ROWS_MAX: i64 = 200;

/// How a list is served as JSON.
pub(super) struct Api {
    path: &'static str,
    tag: &'static str,
    page: &'static str,
    line: String,
    schemas: fn() -> Vec<(String, RefOr<Schema>)>,
    json: fn(&AnyRow) -> Value,
}

impl Api {
    pub(super) fn of<T: Serialize + ToSchema + 'static>(
        path: &'static str,
        tag: &'static str,
        page: &'static str,
    ) -> Self {
        let schemas = || {
            let mut schemas = vec![(T::name().into_owned(), T::schema())];
            T::schemas(&mut schemas);
            schemas
        };
        let json =
            |row: &AnyRow| row.downcast_ref::<T>().and_then(|row| serde_json::to_value(row).ok()).unwrap_or_default();
        Self { path, tag, page, line: T::name().into_owned(), schemas, json }
    }
}

/// Adds the route and its description, where the list is served as JSON.
pub(super) fn add(list: &Arc<AnyList>, area: &mut Area) {
    let Some(api) = &list.api else { return };
    let served = list.clone();
    let handler = move |State(app): State<App>, caller: Caller, headers: HeaderMap, Asked(query): Asked| {
        let list = served.clone();
        async move { list.json(&app, &caller, &headers, &query).await }
    };
    area.api.push(get(api.path, list.permission.clone(), handler).scope(list.scope_words));
    area.describe(list.description(api));
}

/// How many rows a program asks for.
fn limit(query: &Query) -> Result<i64> {
    match query.get("limit").map(str::parse::<i64>) {
        None => Ok(ROWS),
        Some(Ok(limit)) if (1..=ROWS_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Error::field("limit", "use a number from 1 to 200")),
    }
}

impl AnyList {
    async fn json(&self, app: &App, caller: &Caller, headers: &HeaderMap, query: &Query) -> ApiResult {
        let limit = limit(query)?;
        let mut wanted = self.wanted(app, &caller.actor, query, Reader::Program).await?;
        self.refusals(&wanted.given, query).into_result(())?;
        let from = query.get("after").filter(|text| !text.is_empty()).map_or(From::Start, From::After);
        if self.searches(&wanted.given) {
            self.total(app, &mut wanted).await?;
        }
        let part = self.rows(app, &wanted, from, limit).await?;
        let items: Vec<Value> = self.api.iter().flat_map(|api| part.rows.iter().map(|row| (api.json)(row))).collect();
        tagged(headers, &ListPage { items, next: part.next.map(|cursor| cursor.encode()) })
    }

    fn description(&self, api: &Api) -> utoipa::openapi::OpenApi {
        let filters = self.filters.iter().map(described);
        let own = [
            ("sort", words(self.sorts()), "by what the list is sorted; with a minus sign the other way round"),
            ("after", text(), "the `next` of the page before, unchanged"),
            ("limit", number(Some((1, ROWS_MAX))), "rows on a page"),
        ];
        let own = own.into_iter().map(|(name, schema, words)| parameter(name, schema, words.to_owned()));
        let answer = ResponseBuilder::new()
            .description("a page of the list")
            .content("application/json", ContentBuilder::new().schema(Some(Ref::from_schema_name(api.page))).build());
        let token: [&str; 0] = [];
        let operation = OperationBuilder::new()
            .tag(api.tag)
            .summary(Some(self.title))
            .parameters(Some(filters.chain(own)))
            .security(SecurityRequirement::new("token", token))
            .response("200", answer)
            .response("304", ResponseBuilder::new().description("as the ETag that was sent"))
            .response("401", ResponseBuilder::new().description("no valid token"))
            .response("403", ResponseBuilder::new().description("not in your role or the token's scopes"))
            .response("404", ResponseBuilder::new().description("not a list of which you see rows"))
            .response(
                "422",
                ResponseBuilder::new().description("each parameter that was not understood, with the words that are"),
            );
        let item = PathItem::new(HttpMethod::Get, operation);
        let page = ObjectBuilder::new()
            .description(Some(format!("A page of {}.", self.nouns.1)))
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(&api.line)))
            .required("items")
            .property(
                "next",
                ObjectBuilder::new()
                    .schema_type(nullable(Type::String))
                    .description(Some("Send as `after` for the next page.")),
            );
        let components = ComponentsBuilder::new().schemas_from_iter((api.schemas)()).schema(api.page, page).build();
        OpenApiBuilder::new()
            .info(InfoBuilder::new().build())
            .paths(PathsBuilder::new().path(format!("/api/v1{}", api.path), item))
            .components(Some(components))
            .build()
    }
}

fn nullable(kind: Type) -> SchemaType {
    SchemaType::Array(vec![kind, Type::Null])
}

fn text() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).build().into()
}

fn words(words: Vec<String>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build().into()
}

fn number(range: Option<(i64, i64)>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(range.map(|range| range.0))
        .maximum(range.map(|range| range.1))
        .build()
        .into()
}

fn parameter(name: &str, schema: Schema, description: String) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn described(filter: &Filter) -> Parameter {
    let formatted =
        |format: SchemaFormat| ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build().into();
    let schema = match &filter.control {
        Control::Words(known) => {
            let mut keys: Vec<String> = known.iter().map(|word| word.key.clone()).collect();
            keys.push(ALL.to_owned());
            words(keys)
        }
        Control::Loaded(_, Reads::Text | Reads::Period) | Control::Text | Control::Found(_) | Control::Period => text(),
        Control::Day => formatted(SchemaFormat::KnownFormat(KnownFormat::Date)),
        Control::Number => number(None),
        Control::Id | Control::Loaded(_, Reads::Id) => formatted(SchemaFormat::KnownFormat(KnownFormat::Uuid)),
    };
    let description = match filter.default.filter(|_| !filter.pages_only) {
        Some(default) => format!("{}; {default} when absent, {ALL} for every one", filter.label),
        None => filter.label.to_owned(),
    };
    parameter(filter.name, schema, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_filter_describes_its_words() {
        let filter =
            Filter::words("state", "State", vec![super::super::Word::new("open", "Open")], "true").default("open");
        let told = json!(described(&filter));
        assert_eq!(told["schema"]["enum"], json!(["open", "all"]));
        assert_eq!(told["description"], "State; open when absent, all for every one");
        assert!(limit(&Query::parse("/x", "limit=201")).is_err() && limit(&Query::parse("/x", "limit=200")).is_ok());
    }
}
