//! The planner's day: operatives down, time slots across, a card for each visit. Every card has a link to move it; with
//! script it can be dragged, or moved with the arrow keys.

use crate::{
    icons::{Icon, icon},
    summary::Tone,
};
use maud::{Markup, html};

/// A visit on the board.
#[derive(Clone, Debug, Default)]
pub struct Card {
    /// The id that is posted as `visit` when it moves.
    pub id: String,
    /// Its reference.
    pub reference: String,
    /// The work in a few words.
    pub title: String,
    /// Where.
    pub address: String,
    /// Its colour: what its clock says.
    pub tone: Tone,
    /// Its state in words, such as `On the way` or `Emergency`.
    pub state: String,
    /// The promise that runs, by its name, where the state does not tell which.
    pub promise: String,
    /// Its page.
    pub href: String,
    /// The page that moves it without script.
    pub move_href: String,
    /// True when it may no longer move (done, under way).
    pub fixed: bool,
}

/// One operative's slot.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// The visits in it.
    pub cards: Vec<Card>,
    /// Why nothing may be put here: `Off`, `Sick`, `Training`.
    pub closed: Option<String>,
}

/// One operative's day.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The id that is posted as `operative`.
    pub id: String,
    /// The name.
    pub name: String,
    /// Trades and patch.
    pub detail: String,
    /// The operative's own page.
    pub href: Option<String>,
    /// One cell for each slot.
    pub cells: Vec<Cell>,
}

/// A day.
#[derive(Clone, Debug)]
pub struct Board {
    /// The caption: `Friday 18 December 2026, East patch`.
    pub caption: String,
    /// The slots: the value posted as `slot`, and the words.
    pub slots: Vec<(String, String)>,
    /// The operatives.
    pub lanes: Vec<Lane>,
    /// What nobody has yet: as much of it as is shown.
    pub unassigned: Vec<Card>,
    /// How much of that there is in all.
    pub unassigned_total: usize,
    /// Where moves are posted: `visit`, `operative`, `slot` and the token.
    pub move_url: String,
    /// The session's token.
    pub csrf: String,
}

/// The board.
pub fn board(board: &Board) -> Markup {
    html! {
        div.rt-board data-board="" data-move-url=(board.move_url) data-csrf=(board.csrf) {
            p.govuk-visually-hidden role="status" data-board-status="" {}
            div.rt-board__scroll tabindex="0" role="region" aria-label=(board.caption) {
                table.rt-board__table {
                    caption.rt-board__caption { (board.caption) }
                    thead {
                        tr {
                            th.rt-board__corner scope="col" { "Operative" }
                            @for (_, label) in &board.slots { th scope="col" { (label) } }
                        }
                    }
                    tbody { @for lane in &board.lanes { (row(board, lane)) } }
                }
            }
            @if !board.unassigned.is_empty() {
                section.rt-board__tray aria-labelledby="board-unassigned" {
                    h2.rt-board__tray-title id="board-unassigned" {
                        "Not yet planned "
                        span.rt-count {
                            (board.unassigned.len())
                            @if board.unassigned_total > board.unassigned.len() { " of " (board.unassigned_total) }
                        }
                    }
                    ul.rt-board__tray-cards { @for card in &board.unassigned { li { (visit(card)) } } }
                }
            }
        }
    }
}

fn row(board: &Board, lane: &Lane) -> Markup {
    let jobs: usize = lane.cells.iter().map(|cell| cell.cards.len()).sum();
    html! {
        tr {
            th.rt-board__lane scope="row" {
                span.rt-board__name {
                    @if let Some(href) = &lane.href { a href=(href) { (lane.name) } } @else { (lane.name) }
                }
                span.rt-board__detail { (lane.detail) }
                span.rt-board__load { (jobs) @if jobs == 1 { " visit" } @else { " visits" } }
            }
            @for (cell, (slot, label)) in lane.cells.iter().zip(&board.slots) {
                @if let Some(reason) = &cell.closed {
                    td.rt-board__cell.rt-board__cell--closed data-label=(label) {
                        span { (reason) } @for card in &cell.cards { (visit(card)) }
                    }
                } @else {
                    td.rt-board__cell data-label=(label) data-operative=(lane.id) data-slot=(slot)
                        data-name={ (lane.name) ", " (label) } {
                        @for card in &cell.cards { (visit(card)) }
                    }
                }
            }
        }
    }
}

fn visit(card: &Card) -> Markup {
    html! {
        article class={ "rt-visit rt-visit--" (card.tone.suffix()) } data-visit=[(!card.fixed).then_some(&card.id)]
            data-name=(card.reference) {
            p.rt-visit__top {
                a.rt-visit__ref href=(card.href) { (card.reference) }
                @if !card.state.is_empty() { " " span.rt-visit__state { (card.state) } }
            }
            p.rt-visit__title title=(card.title) { (card.title) }
            p.rt-visit__address title=(card.address) { (card.address) }
            @if !card.promise.is_empty() { p.rt-visit__address title=(card.promise) { (card.promise) } }
            @if !card.fixed {
                a.rt-visit__move href=(card.move_href) data-move="" {
                    (icon(Icon::Calendar)) "Move" span.govuk-visually-hidden { " " (card.reference) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_move_without_script_and_fixed_ones_do_not() {
        let card = |fixed| Card { id: "v1".into(), move_href: "/visits/v1/move".into(), fixed, ..Card::default() };
        let cell = |fixed| Cell { cards: vec![card(fixed)], closed: None };
        let day = Board {
            caption: "<Friday>".into(),
            slots: vec![("am".into(), "Morning".into()), ("pm".into(), "Afternoon".into())],
            lanes: vec![Lane {
                id: "o1".into(),
                name: "Sam".into(),
                detail: "Plumber".into(),
                href: None,
                cells: vec![cell(false), cell(true)],
            }],
            unassigned: vec![card(false)],
            unassigned_total: 80,
            move_url: "/board/move".into(),
            csrf: "t".into(),
        };
        let html = board(&day).into_string();
        assert_eq!(html.matches("/visits/v1/move").count(), 2);
        assert_eq!(html.matches("data-visit=\"v1\"").count(), 2);
        assert!(html.contains("1 of 80"), "{html}");
        assert!(html.contains("data-operative=\"o1\" data-slot=\"pm\"") && html.contains("&lt;Friday&gt;"));
    }
}
