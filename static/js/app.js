// Progressive enhancement: every page works without this file.

const find = (selector, within = document) => within.querySelector(selector);
const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

// -- cookies that the server reads: theme and time zone

const YEAR = 365 * 24 * 60 * 60;

function setCookie(name, value, age = YEAR) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

function chooseTheme(theme) {
  setCookie("theme", theme, theme ? YEAR : 0);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of findAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) setCookie("tz", zone);

// -- words for screen readers

// A sentence of the page's language, which the element for spoken words has in data-say-*.
const sentence = (name) => find("#live")?.dataset[`say${name}`] ?? "";

function say(words, { shown = false } = {}) {
  const live = find("#live");
  if (!live) return;
  live.textContent = "";
  live.classList.toggle("toast", shown);
  live.classList.toggle("visually-hidden", !shown);
  // A region is read out when it changes: the same words twice must change it twice.
  setTimeout(() => { live.textContent = words; }, 50);
}

// -- copying

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http on another machine's address has no clipboard of that kind.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser did not copy.");
}

async function copyFrom(button) {
  const text = button.dataset.copy ?? document.getElementById(button.dataset.copyFrom).textContent;
  try {
    await copy(text);
  } catch {
    say(sentence("CopyRefused"), { shown: true });
    return;
  }
  button.focus();
  button.classList.add("copied");
  say(sentence("Copied"));
  setTimeout(() => button.classList.remove("copied"), 1500);
}

// -- menus: opened by the browser itself, closed from outside here

function closeMenus(except) {
  for (const menu of findAll("details.menu[open]")) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
}

// Not on click: Enter in a field of a menu clicks the form's button, which stands outside.
for (const name of ["pointerdown", "focusin"]) document.addEventListener(name, (event) => closeMenus(event.target));

document.addEventListener("click", (event) => {
  const { target } = event;

  const copier = target.closest("[data-copy], [data-copy-from]");
  if (copier) copyFrom(copier);

  const theme = target.closest("[data-theme-choice]");
  if (theme) chooseTheme(theme.dataset.themeChoice);

  const opener = target.closest("[data-open]");
  if (opener) openDialog(opener.dataset.open);

  // The date lies above the row's link, to have a title of its own, and still opens the row.
  const date = target.closest(".rows time");
  if (date) {
    const { ctrlKey, metaKey, shiftKey } = event;
    find("a", date.closest("tr")).dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
  }
});

// -- Back: browsers keep no page, so the link by which a page was left is noted in its entry of the history

document.addEventListener("click", ({ target }) => {
  const link = target.closest("a[href]");
  // Only on lists: an entry that is replaced is asked for by GET, and the answer to a form would lose what was typed.
  if (link && find(".rows")) history.replaceState({ ...history.state, left: link.getAttribute("href") }, "");
});

if (performance.getEntriesByType("navigation")[0]?.type === "back_forward" && history.state?.left) {
  const { left } = history.state;
  // The browser itself restores the place.
  findAll("a[href]").find((link) => link.getAttribute("href") === left)?.focus({ preventScroll: true });
}

// htmx keeps the address of the last search, which nobody else who signs in here is to read.
if (!find("#side")) sessionStorage.clear();

function openDialog(id) {
  closeMenus();
  find("#side")?.matches(":popover-open") && find("#side").hidePopover();
  document.getElementById(id).showModal();
}

// -- single-key shortcuts

const KEYS_OFF = "keys-off";
const keysOn = find("#keys-on");
if (keysOn) {
  keysOn.checked = !localStorage.getItem(KEYS_OFF);
  keysOn.addEventListener("change", () => {
    if (keysOn.checked) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "1");
  });
}

function moveRow(step) {
  const links = findAll(".rows tbody a");
  if (!links.length) return;
  const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const to = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[to].focus({ preventScroll: true });
  links[to].closest("tr").scrollIntoView({ block: "nearest" });
}

function follow(key) {
  const link = find(`[data-key="${key}"]`);
  link?.click();
  return Boolean(link);
}

const shortcuts = {
  "/": () => {
    const search = find("#search");
    search?.focus();
    search?.select();
    return Boolean(search);
  },
  "?": () => openDialog("keys"),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  c: () => follow("c"),
  e: () => follow("e"),
};

let leader = -Infinity; // when g was pressed, on the clock of events, which begins with the page

function isTyping(target) {
  return target.isContentEditable || Boolean(target.closest("input:not([type=radio], [type=checkbox]), textarea, select"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]") ?? find("details.menu[open]");
    if (menu) {
      menu.open = false;
      find("summary", menu).focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (!keysOn?.checked || isTyping(event.target) || find("dialog[open]")) return;
  const afterG = event.timeStamp - leader < 1000;
  leader = event.key === "g" && !afterG ? event.timeStamp : -Infinity;
  const used = afterG && event.key === "c" ? follow("g c") : shortcuts[event.key]?.();
  if (used !== false && (afterG || event.key in shortcuts)) event.preventDefault();
});

// -- the list: parts replaced by htmx

const FULL_PAGE = /^\s*<!doctype/i;
let focused = null;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  // Addresses without the empty halves of the form.
  for (const [name, value] of [...detail.formData]) {
    if (detail.verb === "get" && value === "") detail.formData.delete(name);
  }
});

// Enter soon after the last letter would start the same search twice. The second search would replace the first one, and
// its entry in the history.
let entered = false;
document.addEventListener("input", () => { entered = false; });
document.addEventListener("submit", ({ target }) => { entered = target.id === "filters"; });
document.addEventListener("htmx:confirm", (event) => {
  if (entered && event.target.id === "search") event.preventDefault();
});

// A new search aborts the one before. htmx logs an abort as two errors, which this silences.
document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => {
  const { onabort } = xhr;
  xhr.onabort = () => {
    const { error } = console;
    console.error = () => {};
    try {
      onabort();
    } finally {
      console.error = error;
    }
  };
});

// Back twice: abort the earlier request, because its answer may arrive last.
let restoring = null;
document.addEventListener("htmx:historyCacheMiss", ({ detail }) => {
  restoring?.abort();
  restoring = detail.xhr;
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!FULL_PAGE.test(detail.xhr.responseText)) return;
  // Signed out meanwhile, or the app is gone: the whole page has the words for it, so go there.
  detail.shouldSwap = false;
  if (detail.target.id === "results") location.assign(detail.pathInfo.finalRequestPath);
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const active = document.activeElement;
  focused = detail.target.contains(active) ? active.closest("details")?.id || active.id || "search" : null;
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "count") say(detail.target.textContent);
  if (detail.target?.id !== "results") return;
  const search = find("#search");
  if (detail.requestConfig.elt !== search) {
    search.value = new URL(detail.xhr.responseURL).searchParams.get("query") ?? "";
  }
  if (focused && document.activeElement === document.body) {
    const again = document.getElementById(focused);
    (again ? find("summary", again) ?? again : search).focus({ preventScroll: true });
  }
  say(find(".found").dataset.said);
});

for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.target?.id === "results") say(sentence("ListFailed"), { shown: true });
  });
}

// The summary of what is wrong with a form comes first, for everyone.
find("#errors")?.focus();
