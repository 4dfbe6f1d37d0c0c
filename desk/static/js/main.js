/* Small comforts for pages that already work without them. Elements name what they want in data-module. */
import {
  CharacterCount, ErrorSummary, NotificationBanner, SkipLink, createAll,
} from "../vendor/govuk-frontend-6.6.0/govuk-frontend.min.js";

/* The govuk parts wait for these two words on the body. */
document.body.classList.add("js-enabled", "govuk-frontend-supported");
for (const part of [CharacterCount, ErrorSummary, NotificationBanner, SkipLink]) createAll(part);

const all = (name) => document.querySelectorAll(`[data-module~="${name}"]`);

/* A button that copies a reference; where the clipboard is refused the text is selected instead. */
function copyReference(element) {
  const text = element.querySelector("[data-copy]");
  const button = element.querySelector("button");
  const said = element.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.dataset.copy);
      said.textContent = said.dataset.done;
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = said.dataset.failed;
    }
  });
}

/* "/" goes to the search box, unless something is being typed. */
function slashFocuses(box) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}

/* A second press of the same form does nothing; the first is on its way. A form that answers with a file frees itself. */
const RELEASE_AFTER_MS = 10_000;

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
}

function guardSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-disabled", "true");
  setTimeout(release, RELEASE_AFTER_MS, form);
}

/* Files that are too large are named before they are sent: a request refused for its size has no form to give back. */
function weighFiles(input) {
  const described = input.getAttribute("aria-describedby") ?? "";
  const said = document.createElement("p");
  Object.assign(said, { id: `${input.id}-weight`, className: "govuk-error-message", role: "alert" });
  const weigh = () => {
    const sizes = [...input.files].map((file) => file.size);
    const together = sizes.reduce((sum, size) => sum + size, 0);
    const tooLarge = sizes.some((size) => size > Number(input.dataset.mostEach));
    const wrong = tooLarge || together > Number(input.dataset.mostTogether);
    said.textContent = tooLarge ? input.dataset.tooLarge : input.dataset.tooMany;
    if (wrong) input.before(said);
    else said.remove();
    input.setAttribute("aria-describedby", wrong ? `${described} ${said.id}` : described);
    input.classList.toggle("govuk-file-upload--error", wrong);
    return !wrong;
  };
  input.addEventListener("change", weigh);
  input.form.addEventListener("submit", (event) => {
    if (weigh()) return;
    event.preventDefault();
    input.focus();
  });
}

/* Only one question is open at a time; Escape closes it and returns to its name. */
function confirmOnce(details) {
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    for (const other of all("confirm-once")) if (other !== details) other.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target.closest("textarea, input, select")) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
}

/* Folded figures are opened for the printer and folded again. */
let unfolded = [];

function unfold() {
  unfolded = [...document.querySelectorAll("details.chart__table:not([open])")];
  for (const details of unfolded) details.open = true;
}

function fold() {
  for (const details of unfolded) details.open = false;
}

all("copy-reference").forEach(copyReference);
all("search-focus").forEach(slashFocuses);
all("confirm-once").forEach(confirmOnce);
all("weigh-files").forEach(weighFiles);
document.addEventListener("submit", guardSubmit);
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
addEventListener("beforeprint", unfold);
addEventListener("afterprint", fold);
