// The planner's board: drag a visit, or press Enter on its Move link and use the arrow keys. Without script the link opens a
// form. The server's own board comes back after every move, so that what is shown is what is stored.
import { CSRF_FIELD, enhance, parsed, refresh, signedOut } from "./00-core.js";

enhance("[data-board]", (board) => {
  const status = board.querySelector("[data-board-status]");
  const cells = () => [...board.querySelectorAll("td[data-slot]")];
  let moving = null;

  const say = (text) => { status.textContent = text; };

  /** Where the card stood is remembered: a refused move puts it back there. */
  async function move({ card, home, next: before }, cell) {
    const body = new URLSearchParams({
      visit: card.dataset.visit, operative: cell.dataset.operative, slot: cell.dataset.slot, [CSRF_FIELD]: board.dataset.csrf,
    });
    // The reason counts as soon as it is chosen, whether or not the filters were applied since.
    const why = document.querySelector('select[name="why"]')?.value;
    if (why) body.set("why", why);
    say(`Moving ${card.dataset.name} to ${cell.dataset.name}`);
    let answer;
    try {
      answer = await fetch(board.dataset.moveUrl, { method: "POST", body, headers: { Accept: "text/html" } });
    } catch {
      return location.reload();
    }
    if (signedOut(answer)) return location.assign(answer.url);
    const page = await parsed(answer);
    const next = page.querySelector("[data-board]");
    if (!next) {
      putBack(card, home, before);
      return refused(page);
    }
    const { visit, name } = card.dataset;
    board.replaceWith(next);
    refresh(next);
    const words = page.querySelector('main [role="alert"], main [role="status"] .rt-banner__body')?.textContent.trim();
    next.querySelector("[data-board-status]").textContent = words || `${name} moved to ${cell.dataset.name}`;
    next.querySelector(`[data-visit="${CSS.escape(visit)}"] [data-move]`)?.focus();
  }

  /** The move was refused: say why. */
  function refused(page) {
    const reason = page.querySelector(".govuk-error-summary__body, .rt-banner__body, main h1")?.textContent.trim();
    status.className = "rt-banner rt-banner--danger";
    say(reason || "The visit could not be moved.");
    status.scrollIntoView({ block: "nearest" });
  }

  function putBack(card, home, before) {
    home.insertBefore(card, before?.parentElement === home ? before : null);
    card.classList.remove("rt-visit--moving");
    card.querySelector("[data-move]")?.focus();
  }

  // ---- dragging ----

  for (const card of board.querySelectorAll("[data-visit]")) {
    card.draggable = true;
    card.addEventListener("dragstart", (event) => {
      moving = { card, home: card.parentElement, next: card.nextSibling };
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", card.dataset.visit);
      card.classList.add("rt-visit--moving");
    });
    card.addEventListener("dragend", () => {
      card.classList.remove("rt-visit--moving");
      for (const cell of cells()) cell.classList.remove("rt-board__cell--over");
      moving = null;
    });
  }
  for (const cell of cells()) {
    cell.addEventListener("dragover", (event) => {
      if (!moving) return;
      event.preventDefault();
      cell.classList.add("rt-board__cell--over");
    });
    cell.addEventListener("dragleave", (event) => {
      if (!cell.contains(event.relatedTarget)) cell.classList.remove("rt-board__cell--over");
    });
    cell.addEventListener("drop", (event) => {
      event.preventDefault();
      cell.classList.remove("rt-board__cell--over");
      if (!moving || moving.card.parentElement === cell) return;
      const from = moving;
      cell.append(from.card);
      move(from, cell);
    });
  }

  // ---- the arrow keys ----

  function begin(card) {
    moving = { card, home: card.parentElement, next: card.nextSibling, cell: card.closest("td[data-slot]") };
    card.classList.add("rt-visit--moving");
    say(`Moving ${card.dataset.name}. Arrow keys choose the place, Enter puts it there, Escape leaves it where it was.`);
  }

  function step(key) {
    const rows = [...board.querySelectorAll("tbody tr")];
    const from = moving.cell ?? null;
    let row = from ? rows.indexOf(from.parentElement) : 0;
    let column = from ? from.cellIndex : 1;
    if (from && key === "ArrowRight") column += 1;
    if (from && key === "ArrowLeft") column -= 1;
    if (from && key === "ArrowDown") row += 1;
    if (from && key === "ArrowUp") row -= 1;
    // Closed cells are stepped over in the direction of travel.
    for (let tries = 0; tries < 50; tries += 1) {
      const cell = rows[row]?.cells[column];
      if (!cell || column < 1) return;
      if (cell.dataset.slot) {
        moving.cell = cell;
        cell.append(moving.card);
        moving.card.querySelector("[data-move]").focus();
        moving.card.scrollIntoView({ block: "nearest", inline: "nearest" });
        return say(cell.dataset.name);
      }
      if (key === "ArrowLeft") column -= 1;
      else if (key === "ArrowUp") row -= 1;
      else if (key === "ArrowDown") row += 1;
      else column += 1;
    }
  }

  function cancel() {
    if (!moving) return;
    const { card, home, next } = moving;
    moving = null;
    putBack(card, home, next);
    say(`${card.dataset.name} stays where it was`);
  }

  board.addEventListener("click", (event) => {
    const link = event.target.closest("[data-move]");
    // A click made by the keyboard has no pointer behind it; with a mouse the link opens its form.
    if (!link || event.detail !== 0) return;
    event.preventDefault();
    if (!moving) return begin(link.closest("[data-visit]"));
    const from = moving;
    from.card.classList.remove("rt-visit--moving");
    if (!from.cell || from.cell === from.home) return cancel();
    moving = null;
    move(from, from.cell);
  });
  board.addEventListener("keydown", (event) => {
    if (!moving) return;
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      step(event.key);
    } else if (event.key === "Escape") {
      event.preventDefault();
      cancel();
    }
  });
});
