// What the pages do not need: removed without loss.  Everything is asked for by an attribute.

const each = (selector, fn) => document.querySelectorAll(selector).forEach(fn);

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
// Back may restore the page as it was left.
addEventListener("pageshow", () => each("[data-busy][aria-busy=true]", (b) => b.atRest && rest(b)));

// data-copy="#id" on a button, hidden without script.
each("[data-copy]", (button) => {
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
});

// data-focus: what happened is read first.
document.querySelector("[data-focus]")?.focus({ preventScroll: false });

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
each("time[datetime]", (time) => {
  const date = new Date(time.dateTime);
  if (isNaN(date)) return;
  if (/^\d{4}-/.test(time.textContent)) {
    time.title = ago(date);
  } else if (time.textContent.endsWith(" UTC")) {
    time.title = time.textContent;
    time.textContent = local.format(date).replace(" at ", ", ");
  }
});
