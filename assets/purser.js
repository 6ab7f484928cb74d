// What the pages do not need: removed without loss.  Everything is asked for by an attribute.

const each = (selector, fn, root = document) => root.querySelectorAll(selector).forEach(fn);
const page = async (response) =>
  new DOMParser().parseFromString(await (await response).text(), "text/html");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// What a page that waits looked like before anything here touched it.
const asSent = document.querySelector("main[data-live]")?.innerHTML;

const say = (words) => {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = words;
  toasts.append(toast);
  const leave = () =>
    setTimeout(() => (toast.matches(":hover,:focus-within") ? leave() : toast.remove()), 6000);
  leave();
};

// data-busy="Opening Stripe…" on a button: says so while its form is on the way, and swallows a
// second press.  Never `disabled`: the focus and the button's own name would be lost.
const rest = (button) => {
  clearTimeout(button.slow);
  button.removeAttribute("aria-busy");
  button.removeAttribute("aria-disabled");
  button.replaceChildren(...button.atRest);
  delete button.atRest;
};
const busy = (button) => {
  button.atRest = [...button.childNodes];
  button.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy;
  button.slow = setTimeout(() => (button.textContent = "Still working…"), 8000);
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.querySelector("[aria-busy=true]") || event.submitter?.getAttribute("aria-busy")) {
    event.preventDefault();
    return;
  }
  const button = event.submitter ?? form.querySelector("[data-busy]");
  // After the submission has taken the button's name and value.
  if (button?.dataset.busy) setTimeout(() => event.defaultPrevented || busy(button));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-busy]");
  if (link && !event.ctrlKey && !event.metaKey) setTimeout(() => busy(link));
});
// Back may restore the page as it was left.
addEventListener("pageshow", () => each("[data-busy][aria-busy=true]", (b) => b.atRest && rest(b)));

// data-quote on a field: a change of it changes the total, which the server tells.  What was typed
// stays; the button sends the total that stood here, so a late answer costs nothing.  A form with
// data-ask is only a link so far: its page tells.
let asking;
document.addEventListener("change", async (event) => {
  const form = event.target.form;
  if (!("quote" in event.target.dataset) || !form) return;
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const { ask } = form.dataset;
  const body = new URLSearchParams(ask ? {} : new FormData(form));
  if (!ask) body.set("do", "update");
  try {
    const answer = ask
      ? fetch(`${ask}${ask.includes("?") ? "&" : "?"}quantity=${event.target.value}`, { signal })
      : fetch(form.action, { method: "POST", body, signal });
    const fresh = await page(answer);
    if (!ask && !fresh.getElementById("bill")) {
      // Nothing is left in the order: the page says so itself.
      form.requestSubmit([...form.elements].find((button) => button.value === "update"));
      return;
    }
    const focus = document.activeElement?.id;
    for (const id of ["items", "bill", "ways", "pay-now", "buy"]) {
      const now = document.getElementById(id);
      const next = fresh.getElementById(id);
      if (now && next) now.replaceWith(document.importNode(next, true));
    }
    if (focus) document.getElementById(focus)?.focus();
    const total = document.querySelector("#bill .total td");
    const button = document.querySelector("#buy .btn");
    say(total ? `Total now ${total.textContent}` : button.textContent);
  } catch {
    // The button without script does the same.
  }
});

// data-live="/payment/success?…" on main: asks for the page again, which is answered when there is
// news, while somebody looks and for ten minutes.
const live = async () => {
  const until = Date.now() + 600_000;
  let shown = asSent;
  for (;;) {
    const main = document.querySelector("main[data-live]");
    if (!main || Date.now() > until) return;
    const began = Date.now();
    if (document.visibilityState === "visible") {
      const { live, version } = main.dataset;
      const url = `${live}${live.includes("?") ? "&" : "?"}wait=25&version=${version}`;
      const response = await fetch(url).catch(() => null);
      const fresh = response?.ok ? await page(response) : null;
      const next = fresh?.querySelector("main");
      if (next && next.innerHTML !== shown) {
        shown = next.innerHTML;
        main.replaceWith(document.importNode(next, true));
        document.title = fresh.title;
        enhance(document.querySelector("main"));
        const head = document.querySelector("main h1");
        head.tabIndex = -1;
        head.focus();
      }
    }
    if (Date.now() - began < 2000) await pause(5000);
  }
};

// data-sheet on a link: what stands in .panel on the page it leads to opens over this one.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-sheet]");
  const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
  if (!link || elsewhere || !window.HTMLDialogElement) return;
  event.preventDefault();
  const fresh = await page(fetch(link.href)).catch(() => null);
  const panel = fresh?.querySelector(".panel");
  if (!panel) {
    location.assign(link.href);
    return;
  }
  const sheet = document.createElement("dialog");
  sheet.className = "sheet";
  sheet.innerHTML =
    '<form class="row apart" method="dialog"><h2 id="sheet-title" tabindex="-1"></h2>' +
    '<button class="btn quiet small">Close</button></form>';
  const title = sheet.querySelector("h2");
  title.textContent = fresh.querySelector("h1").textContent;
  sheet.setAttribute("aria-labelledby", title.id);
  sheet.append(document.importNode(panel, true));
  each("h3", (h) => h.setAttribute("aria-level", "4"), sheet);
  each(".panel h2", (h) => h.setAttribute("aria-level", "3"), sheet);
  each("[data-here]", (field) => (field.value = location.pathname + location.search), sheet);
  document.body.append(sheet);
  enhance(sheet);
  sheet.addEventListener("click", (at) => at.target === sheet && sheet.close());
  sheet.addEventListener("close", () => {
    sheet.remove();
    link.focus();
  });
  sheet.showModal();
  title.focus();
});

// data-until="1795176300000" on a moment that is near: counts down to it.
const counts = (span) => {
  const left = () => Math.ceil((span.dataset.until - Date.now()) / 1000);
  if (!(left() > 0 && left() < 3600)) return;
  const tick = () => {
    const s = Math.max(0, left());
    span.textContent = `in ${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
    if (s && span.isConnected) setTimeout(tick, 1000);
  };
  tick();
};

// data-copy="#id" on a button, hidden without script.
const copies = (button) => {
  if (!navigator.clipboard) return;
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
    } catch {
      getSelection().selectAllChildren(source);
      return;
    }
    button.textContent = "Copied";
    say("Copied");
    setTimeout(() => (button.textContent = words), 2000);
  });
};

// Words become local time, "20 November 2026, 02:14 UTC" stays as the title; exact times stay as
// they are and tell how long ago that was.
const units = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const ago = (date) => {
  const seconds = Math.round((date - Date.now()) / 1000);
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? units.at(-1);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  return words.format(Math.round(seconds / size), unit);
};
const local = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});
const times = (time) => {
  const date = new Date(time.dateTime);
  if (isNaN(date)) return;
  if (/^\d{4}-/.test(time.textContent)) {
    time.title = ago(date);
  } else if (time.textContent.endsWith(" UTC")) {
    time.title = time.textContent;
    time.textContent = local.format(date).replace(" at ", ", ");
  }
};

// data-balance on a number of credits: the server tells each change, and how it stands at first.
let balances;
const credits = new Intl.NumberFormat("en");
const followBalance = () => {
  if (balances || !window.EventSource) return;
  balances = new EventSource("/api/stream");
  balances.addEventListener("balance", ({ data }) => {
    const { balance } = JSON.parse(data);
    if (balance === undefined) return;
    each("[data-balance]", (number) => (number.textContent = credits.format(balance)));
  });
};

const enhance = (root) => {
  each("[data-copy]", copies, root);
  each("[data-until]", counts, root);
  each("time[datetime]", times, root);
  each("[data-balance]", followBalance, root);
  // What happened is read first.
  root.querySelector("[data-focus]")?.focus({ preventScroll: false });
};
enhance(document);
live();
