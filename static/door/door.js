/* The door with a script: the camera in the page, one tap without a new page, and all of it without network.

   Every act is written to the phone before it is sent and leaves it only when the server has answered its nonce; the
   server answers a nonce it knows as it did the first time. So nothing is lost and nothing counted twice. */

const here = document.currentScript ?? document.querySelector("script[data-session]");
const { session, decoder } = here.dataset;
const store = await import(here.dataset.store);
const camera = await import(here.dataset.camera);
const words = JSON.parse(document.getElementById("words").textContent);

const base = `/door/${session}/`;
const PATIENCE = 4000; // milliseconds for an answer before the phone answers itself
const AGAIN = 15000;
const AT_ONCE = 25; // acts in one delivery
const DELIVERY = 30000; // milliseconds that one may take
const SAME_CODE = 5000; // milliseconds in which the same code before the camera is the same person
const GOOD = new Set(["welcome", "not-told", "walk-in", "taken-back"]);
const LETS_IN = new Set(["welcome", "not-told"]);
const VIBRATION = { welcome: [90], "walk-in": [90], "not-told": [90, 80, 90], already: [90, 80, 90], queue: [90, 80, 90] };
const REFUSED = [300, 120, 300];

const element = (id) => document.getElementById(id);
const say = (text, values) => Object.entries(values).reduce((said, [key, value]) => said.replace(`%(${key})s`, value), text);
const hours = new Intl.DateTimeFormat("ru", { timeZone: "Asia/Bishkek", hour: "2-digit", minute: "2-digit" });
const clock = (moment = new Date()) => hours.format(moment);
const days = new Intl.DateTimeFormat("sv", { timeZone: "Asia/Bishkek" }); // Swedish writes 2026-12-07

let token = document.querySelector("[name=csrfmiddlewaretoken]").value;
let list = await store.get("lists", session); // {people, expires_at, loaded_at, in_hall, capacity, camera}
let isOffline = !navigator.onLine;
let lockedOut = ""; // why this phone may not send any more, in words
const shownByPhone = new Set(); // nonces of which the volunteer has had the phone's own answer
const awaited = new Map(); // nonces of which somebody waits for the server's

/* ---- The list ---- */

const people = () => new Map((list?.people ?? []).map((row) => [row[0], row]));
const person = (row) => row && { number: row[0], name: row[1], says: row[2], came: row[3], needs: row[4], digits: row[5] };

async function forgetOldList() {
  for (const one of await store.all("lists")) {
    if (one.expires_at <= Date.now()) await forgetList(one.session);
  }
}

async function forgetList(which = session) {
  await store.remove("lists", which);
  if (which === session) list = undefined;
  showReady();
}

async function noteArrivals(found) {
  if (!list) return;
  for (const row of list.people) row[3] = found.arrived[row[0]] ?? row[3];
  Object.assign(list, { in_hall: found.in_hall, capacity: found.capacity, stamp: found.stamp });
  for (const act of await store.all("queue")) if (act.session === session) noteLocally(act);
  await store.put("lists", list);
}

function noteLocally(act) {
  const row = people().get(act.number);
  const comesIn = act.kind === "walk-in" || act.kind === "arrival";
  if (row) {
    if (comesIn === Boolean(row[3])) return;
    row[3] = comesIn ? clock(new Date(act.at)) : "";
  }
  list.in_hall = (list.in_hall ?? 0) + (comesIn ? 1 : -1);
}

/* ---- What the phone says by itself ---- */

function saidByPhone(act) {
  if (act.kind === "walk-in") return { outcome: "walk-in", name: act.person.full_name };
  const found = person(people().get(act.number));
  if (act.kind === "taken-back") return { outcome: "taken-back", ...found };
  if (!found) return { outcome: act.let_in ? "welcome" : isNumber(act.number) ? "unlisted" : "unknown", name: spaced(act.number), number: act.number };
  if (found.came) return { ...found, outcome: "already", time: found.came };
  if (LETS_IN.has(found.says) || (act.let_in && found.says !== "cancelled")) return { ...found, outcome: LETS_IN.has(found.says) ? found.says : "welcome" };
  return { ...found, outcome: found.says };
}

const spaced = (number) => `${number.slice(0, 4)} ${number.slice(4)}`;

/* The check digit of a ticket's number (models/credentials.py has the table and its author). */
const DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"];
const isNumber = (text) => /^\d{8}$/.test(text) && [...text].reduce((at, digit) => Number(DAMM[at][digit]), 0) === 0;

/* ---- Acting and delivering ---- */

const newNonce = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* Records one act and resolves with what was said of it: by the server, or, when it does not answer, by this phone. */
async function act(details) {
  const entry = { session, nonce: newNonce(), at: Date.now(), was_offline: false, ...details };
  entry.order = await store.add("queue", entry);
  const answer = new Promise((resolve) => awaited.set(entry.nonce, resolve));
  deliver();
  const late = new Promise((resolve) => setTimeout(resolve, isOffline ? 0 : PATIENCE));
  const said = await Promise.race([answer, late, whenOffline()]);
  awaited.delete(entry.nonce);
  if (said) return said;
  setOffline(true); // whoever comes next need not wait as long
  const own = saidByPhone(entry);
  shownByPhone.add(entry.nonce);
  if (GOOD.has(own.outcome)) {
    await store.amend(entry.order, { was_offline: true });
    if (list) {
      noteLocally(entry);
      await store.put("lists", list);
    }
    own.isUnsent = true;
  } else await store.remove("queue", entry.order); // nothing happened that the server should hear of
  showNetwork();
  return own;
}

let tellOffline = [];
const whenOffline = () => new Promise((resolve) => tellOffline.push(resolve));
function setOffline(now) {
  isOffline = now;
  if (now) tellOffline.splice(0).forEach((tell) => tell());
}

let delivering = null;
let isAskedAgain = false;
function deliver() {
  isAskedAgain = Boolean(delivering);
  delivering ??= deliverAll().finally(() => {
    delivering = null;
    showNetwork();
    if (isAskedAgain) deliver();
  });
  return delivering;
}

async function deliverAll() {
  const waiting = Map.groupBy ? Map.groupBy(await store.all("queue"), (entry) => entry.session) : grouped(await store.all("queue"));
  // This session's first; what another refuses, as one whose pass has ended, keeps nobody here waiting.
  for (const [where, entries] of [...waiting].sort(([one], [other]) => (other === session) - (one === session))) {
    while (entries.length) {
      const found = await deliverSome(where, entries.splice(0, AT_ONCE));
      if (!found) return;
      if (!found.isWhole) break;
    }
  }
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.session, [...(groups.get(entry.session) ?? []), entry]);
  return groups;
}

/* Resolves with nothing where there is no network, else with whether all of these are settled. */
async function deliverSome(where, entries) {
  const sent = entries.map(({ at, order, session: _session, ...act }) => ({ ...act, ago: (Date.now() - at) / 1000 }));
  const found = await ask(`/door/${where}/deliver/`, { entries: sent, since: where === session ? list?.stamp : undefined });
  if (!found) return null;
  if (found.refused) return { isWhole: false };
  for (const answer of found.answers) {
    const entry = entries.find((one) => one.nonce === answer.nonce);
    const wasShown = entry.was_offline || shownByPhone.has(entry.nonce);
    if (wasShown && !GOOD.has(answer.outcome)) await store.put("troubles", { ...answer, at: entry.at, session: where, typed: entry.person });
    await store.remove("queue", entry.order);
    awaited.get(answer.nonce)?.(answer);
  }
  if (where === session) {
    await noteArrivals(found);
    showCount(found);
  }
  await showTroubles();
  return { isWhole: found.answers.length === entries.length }; // what found the server busy waits, and all after it
}

/* POSTs JSON and resolves with the answer, which may be a refusal and its reason; nothing where there is no network. */
async function ask(address, sent, isSecondTime = false) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(sent),
      redirect: "error",
      signal: AbortSignal.timeout(DELIVERY),
    });
  } catch {
    setOffline(true);
    return null;
  }
  setOffline(false);
  const found = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (response.ok) {
    lockedOut = "";
    token = found.token;
    return found;
  }
  if (found.refused === "closed") return found; // the list alone; what is recorded is still taken
  if (found.refused) {
    lockedOut = response.status === 403 ? found.message : "";
    if (address.startsWith(base)) {
      if (["revoked", "moved", "over"].includes(found.refused)) await forgetList();
      setOffline(true); // the phone answers for itself
    }
    return found;
  }
  if (response.status === 403 && !isSecondTime && (await freshToken())) return ask(address, sent, true);
  setOffline(true);
  return null;
}

async function freshToken() {
  try {
    const found = await (await fetch(`${base}state/?since=${list?.stamp ?? ""}`, { signal: AbortSignal.timeout(PATIENCE) })).json();
    token = found.token ?? token;
    if (found.token) {
      lockedOut = "";
      await noteArrivals(found);
    }
    return Boolean(found.token);
  } catch {
    return false;
  }
}

/* ---- What the page shows ---- */

function show(said) {
  const shown = element("t-answer").content.cloneNode(true);
  const box = shown.querySelector(".answer");
  const kind = said.outcome === "unlisted" ? "queue" : said.outcome === "refused" ? "unknown" : said.outcome;
  box.classList.add(`answer-${kind}`);
  box.setAttribute("role", GOOD.has(kind) || kind === "already" ? "status" : "alert");
  box.querySelector("h2").textContent = headline(said);
  box.querySelector(".who").textContent = said.name ?? "";
  box.querySelector(".detail").textContent = [said.by, said.message].filter(Boolean).join(" ");
  box.querySelector(".needs").hidden = !said.needs;
  box.querySelector(".unsent").hidden = !said.isUnsent;
  const tap = (name, details) => {
    const button = shown.querySelector(`.${name}`);
    button.hidden = false;
    button.addEventListener("click", async () => show(await act({ number: said.number, ...details })), { once: true });
  };
  if (said.number && (LETS_IN.has(said.outcome) || ["walk-in", "already"].includes(said.outcome))) tap("tap-undo", { kind: "taken-back" });
  if (said.number && ["queue", "online", "unlisted"].includes(said.outcome)) tap("tap-let-in", { kind: "arrival", let_in: true });
  if (["elsewhere", "cancelled", "unlisted"].includes(said.outcome)) {
    const button = shown.querySelector(".tap-walk-in");
    button.hidden = false;
    button.addEventListener("click", () => openWalkIn(said.outcome === "unlisted" ? "" : said.name));
  }
  showInstead(shown);
  navigator.vibrate?.(VIBRATION[kind] ?? REFUSED);
  if (!scanning) box.focus();
  showCount();
}

/* One answer at a time, also instead of the one that came with the page. */
function showInstead(shown) {
  element("answers").replaceChildren(shown);
  document.querySelectorAll("main > .answer, main > .people").forEach((old) => old.remove());
}

function showNobody(isLikeNumber) {
  showInstead(element(isLikeNumber ? "t-no-number" : "t-nobody").content.cloneNode(true));
  navigator.vibrate?.(REFUSED);
}

function headline(said) {
  if (said.outcome === "already" && said.time) return say(words.already_at, { time: said.time });
  if (said.outcome === "unlisted") return words.unlisted;
  if (said.outcome === "refused") return words.refused;
  return words.outcomes[said.outcome] + (said.city ? `: ${said.city}` : "");
}

function showPeople(rows) {
  const shown = rows.slice(0, 20).map((row) => {
    const one = person(row);
    const item = element("t-person").content.cloneNode(true);
    const says = one.came ? "already" : one.says;
    item.querySelector("li").classList.add(`person-${says}`);
    item.querySelector(".who").textContent = one.name;
    item.querySelector(".digits").textContent = rows.length > 1 && one.digits ? `…${one.digits}` : "";
    item.querySelector(".says").textContent = one.came
      ? say(words.already_at, { time: one.came })
      : { welcome: words.place, "not-told": words.not_told }[says] ?? words.outcomes[says];
    item.querySelector(".needs").hidden = !one.needs;
    const button = item.querySelector(one.came ? ".tap-undo" : LETS_IN.has(says) ? ".tap-in" : says === "cancelled" ? ".tap-walk-in" : ".tap-let-in");
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (says === "cancelled") return openWalkIn(one.name);
      const details = { kind: one.came ? "taken-back" : "arrival", number: one.number, how: "name", let_in: !one.came && !LETS_IN.has(says) };
      show(await act(details));
    }, { once: true });
    return item;
  });
  const found = document.createElement("ul");
  found.className = "people is-found";
  found.append(...shown);
  showInstead(found);
  found.querySelector("button:not([hidden])")?.focus();
}

function showCount(found = list) {
  if (!found || found.in_hall === undefined) return;
  const { in_hall, capacity } = found;
  element("count").textContent = say(capacity === null ? words.in_hall : words.in_hall_of, { in_hall, capacity });
  element("count").classList.toggle("is-full", capacity !== null && in_hall >= capacity);
}

async function showNetwork() {
  const n = (await store.all("queue")).length;
  const text = lockedOut ? (n ? words.locked_out : lockedOut) : isOffline ? words.waiting : words.sending;
  element("network").hidden = !isOffline && !n;
  element("network").textContent = say(text, { n });
  element("network").dataset.waiting = n;
}

async function showTroubles() {
  const troubles = await store.all("troubles");
  element("troubles").hidden = !troubles.length;
  element("troubles").querySelector("ul").replaceChildren(
    ...troubles.map((trouble) => {
      const item = element("t-trouble").content.cloneNode(true);
      const name = trouble.name || trouble.typed?.full_name || "";
      const typed = Object.values(trouble.typed ?? {}).filter((value) => value && value !== name);
      item.querySelector(".who").textContent = [name, ...(trouble.outcome === "refused" ? typed.slice(0, 2) : [])].join(", ");
      item.querySelector(".says").textContent = `${headline(trouble)}${trouble.message ? `: ${trouble.message}` : ""} (${clock(new Date(trouble.at))})`;
      item.querySelector("button").addEventListener("click", async () => {
        await store.remove("troubles", trouble.nonce);
        showTroubles();
      });
      return item;
    }),
  );
}

/* What this phone is ready for, or why it is not. */
function showReady(problem = "") {
  const ready = element("ready");
  ready.hidden = !list && !problem;
  ready.classList.toggle("notice-done", !problem);
  ready.classList.toggle("notice-warning", Boolean(problem));
  if (problem) ready.textContent = problem;
  else if (list) ready.textContent = say(words.ready, { people: list.people.length, time: clock(new Date(list.loaded_at)), camera: list.camera ? words.camera_yes : words.camera_no });
}

/* A page that was kept, or open past midnight, may be of another day than it was. */
function showOtherDay() {
  const notice = element("other-day");
  if (notice) notice.hidden = notice.dataset.day === days.format(new Date());
}

/* ---- Asking ---- */

const fold = (text) => text.toLowerCase().replace(/[ёңөү]/g, (letter) => "еноу"["ёңөү".indexOf(letter)]).replace(/[^\p{L}\p{N}]+/gu, " ").trim();

function foundOnList(asked) {
  const digits = asked.replace(/\D/g, "");
  if (/\p{L}{2}/u.test(asked)) {
    const wanted = fold(asked).split(" ");
    return list.people.filter((row) => wanted.every((word) => fold(row[1]).includes(word)));
  }
  if (digits.length === 4) return list.people.filter((row) => row[5] === digits);
  return list.people.filter((row) => row[0] === digits);
}

document.querySelector("form.ask").addEventListener("submit", async (event) => {
  const asked = event.target.elements.asked.value;
  const digits = asked.replace(/\D/g, "");
  const found = list ? foundOnList(asked) : [];
  if (found.length) {
    event.preventDefault();
    showPeople(found);
  } else if (isOffline || !navigator.onLine) {
    event.preventDefault();
    if (isNumber(digits)) show(saidByPhone({ kind: "arrival", number: digits }));
    else showNobody(digits.length === 8 && !/\p{L}/u.test(asked));
  }
});

/* The one tap of a page that the server made. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".one-tap") || !form.elements.number) return;
  event.preventDefault();
  const pressed = event.submitter?.name;
  const details = { number: form.elements.number.value, nonce: form.elements.nonce?.value || newNonce() };
  if (form.elements.how) details.how = form.elements.how.value;
  event.submitter.disabled = true;
  show(await act({ ...details, kind: pressed === "undo" ? "taken-back" : "arrival", let_in: pressed === "let_in" }));
  form.closest("li")?.remove();
});

/* ---- Without registration ---- */

const walkIn = element("walk-in-here");

function openWalkIn(name = "") {
  walkIn.hidden = false;
  walkIn.querySelector("form").reset();
  delete walkIn.querySelector("form").dataset.past; // was said of somebody else
  walkIn.querySelector("[name=full_name]").value = name;
  walkIn.scrollIntoView();
  walkIn.querySelector(name ? "[name=contact]" : "[name=full_name]").focus();
}

document.querySelector(".door-walk-in a").addEventListener("click", (event) => {
  event.preventDefault();
  openWalkIn();
});

walkIn.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const sent = Object.fromEntries(new FormData(form));
  const problem = walkIn.querySelector(".problem");
  const isComplete = /\p{L}.*\p{L}/u.test(sent.full_name) && (/.@./.test(sent.contact) || sent.contact.replace(/\D/g, "").length >= 9) && sent.consent_text;
  problem.hidden = Boolean(isComplete);
  problem.textContent = problem.dataset.incomplete;
  if (!isComplete) return problem.focus();
  const count = list?.in_hall ?? 0;
  const asksFirst = list && list.capacity !== null && count >= list.capacity && !form.dataset.past;
  const person = { full_name: sent.full_name, contact: sent.contact, organisation: sent.organisation, consent_text: sent.consent_text };
  const said = asksFirst ? { outcome: "refused", code: "hall-reached" } : await act({ kind: "walk-in", person, past_capacity: Boolean(form.dataset.past) });
  if (said.code) {
    problem.hidden = false;
    problem.textContent = said.code === "hall-reached" ? problem.dataset.full : said.message;
    if (said.code === "hall-reached") form.dataset.past = "yes"; // the next press lets in all the same
    return problem.focus();
  }
  delete form.dataset.past;
  walkIn.hidden = true;
  show(said);
});

walkIn.querySelector(".close").addEventListener("click", () => (walkIn.hidden = true));

/* ---- The camera ---- */

let scanning = null;
let last = { text: "", at: 0 };

async function codeFound(text) {
  const isSame = text === last.text && Date.now() - last.at < SAME_CODE;
  last = { text, at: Date.now() };
  if (isSame) return;
  const [, number] = text.match(/^(?:.*\/p\/)?(\d{8})$/) ?? [];
  if (!number) return show({ outcome: "unknown", name: words.no_ticket });
  show(await act({ kind: "arrival", number, how: "ticket" }));
}

const scan = element("scan");
const noCamera = element("no-camera");
scan.hidden = false;
scan.querySelector("button").addEventListener("click", async () => {
  const video = scan.querySelector("video");
  noCamera.hidden = true;
  if (scanning) {
    scanning();
    scanning = null;
  } else {
    try {
      scanning = await camera.look(video, decoder, codeFound);
    } catch {
      if (!window.isSecureContext) noCamera.querySelector("p").textContent = words.insecure;
      noCamera.hidden = false;
    }
  }
  video.hidden = !scanning;
  scan.classList.toggle("is-on", Boolean(scanning));
});

/* ---- Ready for work without network ---- */

const files = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon]")].map((link) => link.href);
files.push(here.src, here.dataset.store, here.dataset.camera, decoder);

/* Resolves when the worker stands over `scope`: one that is still being installed would answer nothing. */
async function standsOver(scope) {
  const { installing, waiting, active } = await navigator.serviceWorker.register("/door/worker.js", { scope });
  const worker = installing ?? waiting ?? active;
  while (worker.state !== "activated") {
    if (worker.state === "redundant") throw new Error("no worker");
    await new Promise((changed) => worker.addEventListener("statechange", changed, { once: true }));
  }
}

async function keepPage() {
  await Promise.all([standsOver("/door/"), standsOver("/p/")]);
  const cache = await caches.open("door");
  const shell = await fetch(`${base}shell/`, { redirect: "error" });
  if (!shell.ok) throw new Error("no page to keep");
  await cache.addAll(files);
  await cache.delete(`${base}shell/`);
  await cache.put(`${base}shell/`, shell);
  const wanted = new Set(files.map((file) => new URL(file, location).href));
  for (const key of await cache.keys()) {
    if (!wanted.has(key.url) && !key.url.endsWith("/shell/")) await cache.delete(key);
  }
}

/* Loads the list and keeps it with its page; resolves with what is in the way, with nothing when the phone is ready.
   The list comes first, since its refusal says why. */
async function getReady() {
  if (!window.isSecureContext) return words.insecure;
  try {
    const found = await ask(`${base}list/`, {});
    if (!found?.people) return found?.message || words.not_ready;
    await keepPage();
    await navigator.storage?.persist?.();
    list = { session, loaded_at: Date.now(), camera: await camera.mayBeUsed(), people: found.people, expires_at: found.expires_at };
    await noteArrivals(found);
    await store.put("lists", list);
    showCount();
    return "";
  } catch {
    return words.not_ready;
  }
}

const prepare = element("prepare");
prepare.hidden = false;
prepare.addEventListener("click", async () => {
  prepare.disabled = true;
  showReady(await getReady());
  showNetwork();
  prepare.disabled = false;
});

/* Giving the pass back takes the list from the phone; what is not delivered stays until it is. */
document.querySelector("form.leave-door")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  await forgetList();
  HTMLFormElement.prototype.submit.call(event.target);
});

/* ---- Beginning ---- */

window.addEventListener("online", deliver);
window.addEventListener("offline", () => {
  setOffline(true);
  showNetwork();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && deliver());
setInterval(async () => {
  showOtherDay();
  await forgetOldList();
  if (isOffline || (await store.all("queue")).length) {
    await deliver();
    if (isOffline && navigator.onLine && (await freshToken())) setOffline(false);
    showNetwork();
  }
}, AGAIN);

showOtherDay();
await forgetOldList();
showReady();
showTroubles();
await showNetwork();
if (list && navigator.onLine && window.isSecureContext) keepPage().catch(() => {});
if (here.dataset.kept === "shell") {
  showCount();
  const [, number] = location.pathname.match(/^\/p\/(\d{8})$/) ?? [];
  const row = number && people().get(number);
  if (row) showPeople([row]);
  else if (number) show(saidByPhone({ kind: "arrival", number }));
}
await deliver();
document.documentElement.dataset.door = "ready";
