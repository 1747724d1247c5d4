"""The style sheet of the pages, and its hash: it is the only thing that their security policy lets in."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from markupsafe import Markup

STYLE = Markup("""
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #f6f7f9; --card: #fff; --line: #dfe3e8;
  --blue: #2457d6; --good: #14713d; --good-bg: #e3f5ea; --bad: #b3261e; --bad-bg: #fdeceb; --warn: #8a5a00;
  --warn-bg: #fff4dc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #98a3b3; --paper: #12161c; --card: #1a2028;
  --line: #2c3542; --blue: #8ab0ff; --good: #7dd8a0; --good-bg: #14301f; --bad: #ff9d94; --bad-bg: #3a1a18;
  --warn: #f0c36a; --warn-bg: #33270f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 56rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--blue); text-decoration: none; }
a:hover { text-decoration: underline; }
h1 { font-size: 1.15rem; margin: .4rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0; display: inline; }
p { margin: .25rem 0; }
nav { display: flex; gap: 1rem; font-size: .9rem; border-bottom: 1px solid var(--line); padding-bottom: .5rem; }
nav b { margin-right: auto; }
code, pre, td, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .82rem; }
pre { margin: .4rem 0 0; padding: .6rem; max-height: 24rem; overflow: auto; background: var(--paper);
  border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .88rem; }
.pill { display: inline-block; padding: 0 .5em; border-radius: 999px; font-size: .8rem; background: var(--line); }
.pill.good { background: var(--good-bg); color: var(--good); }
.pill.warn { background: var(--warn-bg); color: var(--warn); }
.pill.bad { background: var(--bad-bg); color: var(--bad); }
.step { margin: .7rem 0; padding: .6rem .8rem .7rem; background: var(--card); border: 1px solid var(--line);
  border-left: 4px solid var(--soft); border-radius: 6px; }
.step.hook { border-left-color: var(--blue); }
.step.bad { border-left-color: var(--bad); }
.step.skipped { border-left-style: dashed; background: none; }
.step > .head { display: flex; flex-wrap: wrap; gap: .2rem .6rem; align-items: baseline; }
.step > .head .time { margin-left: auto; }
svg { display: block; width: 100%; height: 4px; margin: .35rem 0; background: var(--line); border-radius: 2px; }
svg rect { fill: var(--blue); }
table { width: 100%; border-collapse: collapse; margin-top: .4rem; }
td, th { text-align: left; vertical-align: top; padding: .2rem .5rem .2rem 0; border-top: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { font-weight: 600; font-size: .82rem; width: 30%; }
.list th { width: auto; }
.list td.time { white-space: nowrap; }
del, ins { display: block; text-decoration: none; padding: 0 .4em; border-radius: 3px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
del { background: var(--bad-bg); color: var(--bad); }
ins { background: var(--good-bg); color: var(--good); }
del::before { content: "- "; }
ins::before { content: "+ "; }
.box { margin-top: .5rem; padding: .5rem .7rem; border-radius: 6px; background: var(--warn-bg); color: var(--warn);
  overflow-wrap: anywhere; }
.box.bad { background: var(--bad-bg); color: var(--bad); }
details { margin-top: .4rem; }
summary { cursor: pointer; color: var(--blue); font-size: .88rem; }
@media (max-width: 520px) { body { padding: .6rem; } th { width: 38%; } }
""")

STYLE_HASH = f"sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}"
"""As a source of `style-src` in a Content-Security-Policy."""
