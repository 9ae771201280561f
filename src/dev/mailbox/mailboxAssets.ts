/** The mailbox's page; strings, so that the compiler takes them along. */
export const pageHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox · Changeover</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dev/mail/page.css">
<script type="module" src="/dev/mail/page.js"></script>
</head>
<body>
<header class="bar">
  <h1>Mailbox</h1>
  <p>All mail that Changeover sends ends here; none leaves this machine.
  <a href="/dev/mail-previews">Every mail there is</a></p>
  <p id="state" role="status"></p>
</header>
<main>
  <noscript>This page needs JavaScript. Without it, see <a href="/dev/mail.json">the mails as JSON</a>.</noscript>
  <nav aria-label="Mails"><ol id="list"></ol></nav>
  <section id="empty" hidden>
    <h2>No mail yet</h2>
    <p>Initiate a change of channel partner in the <a href="/">playground</a>: the invitation to the new partner's
    contact appears here by itself.</p>
  </section>
  <article id="mail" hidden>
    <h2 id="subject"></h2>
    <dl>
      <dt>From</dt><dd id="from"></dd>
      <dt>To</dt><dd id="to"></dd>
      <dt>Received</dt><dd id="received"></dd>
    </dl>
    <div class="tabs" role="tablist" aria-label="View">
      <button role="tab" id="tab-html" aria-controls="view-html">Mail</button>
      <button role="tab" id="tab-text" aria-controls="view-text">Plain text</button>
      <button role="tab" id="tab-source" aria-controls="view-source">Headers and source</button>
    </div>
    <iframe role="tabpanel" id="view-html" aria-labelledby="tab-html" title="The mail"
      sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>
    <pre role="tabpanel" id="view-text" aria-labelledby="tab-text" tabindex="0"></pre>
    <pre role="tabpanel" id="view-source" aria-labelledby="tab-source" tabindex="0"></pre>
  </article>
</main>
</body>
</html>
`;

export const pageStyle = `:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #16181d);
  --paper: light-dark(#fff, #1f2229);
  --line: light-dark(#dfe2e8, #343842);
  --ink: light-dark(#1b1f27, #e8eaef);
  --quiet: light-dark(#5b6472, #a3abb9);
  --accent: light-dark(#1d5fd1, #7fb0ff);
  --chosen: light-dark(#e8f0fe, #263349);
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; height: 100vh; display: flex; flex-direction: column;
  font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--ground);
}
a { color: var(--accent); }
.bar {
  display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap;
  padding: .7rem 1.2rem; background: var(--paper); border-bottom: 1px solid var(--line);
}
.bar h1 { margin: 0; font-size: 1.1rem; }
.bar p { margin: 0; color: var(--quiet); font-size: .87rem; }
#state { margin-left: auto; }
main { flex: 1; min-height: 0; display: flex; }
nav { width: 23rem; flex: none; overflow-y: auto; background: var(--paper); border-right: 1px solid var(--line); }
nav:has(ol:empty) { display: none; }
ol { list-style: none; margin: 0; padding: 0; }
li a {
  display: grid; grid-template-columns: 1fr auto; gap: .1rem .8rem; padding: .7rem 1.2rem;
  color: inherit; text-decoration: none; border-bottom: 1px solid var(--line); border-left: 3px solid transparent;
}
li a:hover { background: var(--ground); }
li a:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
li a[aria-current] { background: var(--chosen); border-left-color: var(--accent); }
li .to { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
li time { color: var(--quiet); font-size: .82rem; line-height: 1.75; }
li .subject { grid-column: 1 / -1; color: var(--quiet); font-size: .9rem; overflow-wrap: anywhere; }
noscript { margin: 2rem; }
#empty { margin: auto; max-width: 27rem; padding: 2rem; text-align: center; }
#empty p { color: var(--quiet); }
article { flex: 1; min-width: 0; display: flex; flex-direction: column; padding: 1.2rem 1.6rem; }
article h2 { margin: 0 0 .6rem; font-size: 1.3rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: 0 0 .9rem; font-size: .92rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
.tabs { display: flex; gap: .3rem; border-bottom: 1px solid var(--line); }
.tabs button {
  font: inherit; font-size: .92rem; padding: .45rem .9rem; border: 0; background: none; color: var(--quiet);
  border-bottom: 2px solid transparent; margin-bottom: -1px; cursor: pointer;
}
.tabs button:disabled { opacity: .45; cursor: default; }
.tabs button[aria-selected="true"] { color: var(--accent); border-bottom-color: var(--accent); }
iframe, pre {
  flex: 1; min-height: 0; width: 100%; margin: .9rem 0 0; border: 1px solid var(--line); border-radius: 6px;
}
iframe { background: #fff; color-scheme: light; }
pre { padding: 1rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--paper); font-size: .85rem; }
@media (max-width: 50rem) {
  body { height: auto; min-height: 100vh; }
  main { flex-direction: column; }
  nav { width: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); }
  iframe, pre { min-height: 60vh; }
}
`;

export const pageScript = `const at = (id) => document.getElementById(id);
const views = ["html", "text", "source"];
let mails = [];
let shown = null;
let shownTag = null;
let view = "html";

const when = (instant) => {
  const date = new Date(instant);
  const today = date.toDateString() === new Date().toDateString();
  return today ? date.toLocaleTimeString() : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
};

const element = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

function listItem(mail) {
  const link = document.createElement("a");
  link.href = "#" + mail.id;
  if (shown?.id === mail.id) link.setAttribute("aria-current", "true");
  const time = element("time", "", when(mail.receivedAt));
  time.dateTime = mail.receivedAt;
  link.append(element("span", "to", mail.to.join(", ")), time, element("span", "subject", mail.subject || "(no subject)"));
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function renderList() {
  at("list").replaceChildren(...mails.map(listItem));
  at("empty").hidden = mails.length > 0;
  at("mail").hidden = shown === null;
  document.title = "Mailbox (" + mails.length + ") · Changeover";
}

function renderView() {
  const chosen = view === "html" && shown.html === null ? "text" : view;
  at("tab-html").disabled = shown.html === null;
  for (const name of views) {
    at("tab-" + name).setAttribute("aria-selected", String(name === chosen));
    at("view-" + name).hidden = name !== chosen;
  }
}

async function show() {
  const kept = [location.hash.slice(1), shown?.id].find((wanted) => mails.some((mail) => mail.id === wanted));
  const id = kept ?? mails[0]?.id;
  if (id !== undefined && id !== shown?.id) {
    const answer = await fetch("/dev/mail/" + id + ".json");
    if (!answer.ok) return;
    shown = await answer.json();
    at("subject").textContent = shown.subject || "(no subject)";
    at("from").textContent = shown.from;
    at("to").textContent = shown.to.join(", ");
    at("received").textContent = new Date(shown.receivedAt).toLocaleString();
    at("view-html").src = "/dev/mail/" + id + ".html";
    at("view-text").textContent = shown.text;
    at("view-source").textContent = shown.source;
    renderView();
  }
  if (id === undefined) shown = null;
  renderList();
}

async function refresh() {
  try {
    const answer = await fetch("/dev/mail.json", { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.statusText);
    const tag = answer.headers.get("etag");
    if (tag !== shownTag) {
      mails = await answer.json();
      await show();
      shownTag = tag;
    }
    at("state").textContent = "";
  } catch {
    at("state").textContent = "Changeover does not answer; trying again";
  }
  setTimeout(refresh, 1000);
}

for (const name of views) {
  at("tab-" + name).addEventListener("click", () => {
    view = name;
    renderView();
  });
}
addEventListener("hashchange", show);
void refresh();
`;
