"use strict";

// The admin port: `?admin=9001` in the page's URL, else what the page says.
const port = new URLSearchParams(location.search).get("admin") ?? document.body.dataset.admin;
const traces = `http://${location.hostname}:${port}/traces`;
const byId = (id) => document.getElementById(id);
const SHOWN = ["x-cache", "age", "server-timing", "cache-control", "content-type", "x-amz-cf-id"];
const MOST = 4000; // characters of a body

let newest = 0;

async function send({ url, method = "GET", body }) {
  const number = ++newest;
  // `no-store` keeps the browser's own cache out of it.
  const response = await fetch(url, { method, body, cache: "no-store" });
  const text = await response.text();
  if (number !== newest) return;
  show(`${method} ${url}`, response, text);
  // The trace is complete when the edge has sent the last byte, which is about now.
  setTimeout(() => number === newest && showTrace(response.headers.get("x-amz-cf-id")), 50);
}

function show(asked, response, text) {
  const reached = response.redirected ? `${asked} → ${new URL(response.url).pathname}` : asked;
  byId("line").textContent = `${reached}: ${response.status} ${response.statusText}`;
  byId("headers").replaceChildren(
    ...SHOWN.filter((name) => response.headers.has(name)).flatMap((name) => [
      element("dt", name),
      element("dd", response.headers.get(name)),
    ]),
  );
  byId("body").textContent = text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  byId("answer").hidden = false;
}

function showTrace(id) {
  if (!id) return;
  const url = `${traces}/${encodeURIComponent(id)}`;
  document.querySelector("iframe").src = url;
  byId("one").href = url;
  byId("one").hidden = false;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

byId("all").href = traces;
byId("tries").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  send(button.dataset).catch((error) => {
    byId("line").textContent = `No answer: ${error.message}`;
    byId("headers").replaceChildren();
    byId("body").textContent = "";
    byId("answer").hidden = false;
  });
});
