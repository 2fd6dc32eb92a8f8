"""How the HTML pages look: on a screen, in the dark, and printed."""

# Every rule stands under .backprop, so that a fragment changes nothing of the page it is pasted into.
STYLESHEET = """
.backprop { --ink: #1a1a1a; --quiet: #595959; --rule: #b8b8b8; --result: #0b4f8a; --paper: #ffffff;
  --shade: #00000040; --dead: #e4e4e4; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem 3rem;
  font: 1rem/1.5 Charter, "Bitstream Charter", Cambria, Georgia, serif; }
.backprop h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0 0.2rem; }
.backprop h2 { font-size: 1.15rem; margin: 1.8rem 0 0.4rem; }
.backprop h2 .number { margin-right: 0.7em; color: var(--quiet); }
.backprop p { margin: 0.3rem 0; }
.backprop .source, .backprop .remark { color: var(--quiet); font-style: italic; }
.backprop .equations { display: table; max-width: 100%; box-sizing: border-box;
  padding: 0.25rem 0 0.25rem 1rem; }
.backprop math { font-size: 1.08em; font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; }
.backprop .line { display: table-row; }
.backprop .line > span { display: table-cell; vertical-align: baseline; padding: 0.22em 0;
  white-space: nowrap; }
.backprop .line > .right { padding-left: 0.3em; }
.backprop .line > .about { padding-left: 2em; color: var(--quiet); font-size: 0.93em; white-space: normal; }
.backprop .scroller { overflow-x: auto; overflow-y: hidden; max-width: 100%;
  background: linear-gradient(to right, var(--paper) 40%, transparent) left / 2.5rem 100% local no-repeat,
    linear-gradient(to left, var(--paper) 40%, transparent) right / 2.5rem 100% local no-repeat,
    linear-gradient(to right, var(--shade), transparent) left / 0.9rem 100% scroll no-repeat,
    linear-gradient(to left, var(--shade), transparent) right / 0.9rem 100% scroll no-repeat; }
.backprop .scroller.equations { display: block; }
.backprop .scroller:focus-visible { outline: 2px solid var(--result); }
.backprop .contents ul { list-style: none; margin: 0.8rem 0; padding: 0; display: flex; flex-wrap: wrap;
  gap: 0.1rem 1.2rem; font-size: 0.93em; }
.backprop a { color: var(--result); }
.backprop details { margin: 0.2rem 0 0.4rem 1rem; }
.backprop summary { color: var(--result); cursor: pointer; }
.backprop .question { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.5rem;
  margin: 0.5rem 0 0.5rem 1rem; }
.backprop .question .sign { margin-left: 0.2em; }
.backprop .question .about { color: var(--quiet); margin-left: auto; }
.backprop .working { display: none; }
.backprop input { font: inherit; color: inherit; background: transparent; border: 1px solid var(--quiet);
  border-radius: 3px; padding: 0.25rem 0.4rem; max-width: 100%; box-sizing: border-box; }
.backprop input:focus { outline: 2px solid var(--result); }
.backprop table.fields { margin: 0; border: solid var(--ink); border-width: 0 1.5px; border-radius: 5px;
  border-collapse: separate; border-spacing: 0.15rem; }
.backprop .fields td { padding: 0; } .backprop .fields tbody { border: none; }
.backprop .fields input { width: 6rem; }
.backprop .question > .scroller { flex: 0 1 auto; min-width: 0; }
.backprop .saving { position: sticky; bottom: 0; padding: 0.6rem 0; background: var(--paper);
  border-top: 1px solid var(--rule); margin-top: 1.5rem; }
.backprop .saving p { color: var(--quiet); font-size: 0.9em; }
.backprop button { font: inherit; padding: 0.4rem 0.9rem; margin-right: 0.6rem; border-radius: 4px;
  border: 1px solid var(--result); color: var(--result); background: var(--paper); cursor: pointer; }
.backprop button.save { color: var(--paper); background: var(--result); }
.backprop .matrix > mtr > mtd { text-align: right; text-align: -webkit-right; padding: 0.2em 0.4em; }
.backprop .blocks > mtr > mtd { text-align: left; padding: 0.15em 0; }
.backprop .blank { border-bottom: 1px solid var(--ink); }
.backprop .braced { border-bottom: 1px solid var(--quiet); padding-bottom: 0.15em; }
.backprop .cases > mtr > mtd { text-align: left; padding: 0.1em 0.5em; }
.backprop .result { color: var(--result); }
.backprop .result { font-weight: bold; }
.backprop .line > .inset { padding-left: 2em; }
.backprop .given > math { margin-right: 2em; }
.backprop .given { padding-left: 1rem; }
.backprop table { border-collapse: collapse; margin: 0.6rem 0 0.6rem 1rem;
  border-bottom: 1.5px solid var(--ink); }
.backprop th, .backprop td { padding: 0.22rem 0.9rem; text-align: left; }
.backprop .numeric { text-align: right; font-variant-numeric: tabular-nums; }
.backprop thead { border-top: 1.5px solid var(--ink); }
.backprop tbody { border-top: 1px solid var(--rule); }
.backprop .box { border: 1px solid var(--ink); border-radius: 4px;
  padding: 0.4rem 1rem 0.8rem; margin: 1rem 0; }
.backprop .box > h2 { margin-top: 0.4rem; }
.backprop figure { margin: 0.8rem 0; } .backprop figcaption { color: var(--quiet); }
.backprop pre { --columns: 60; line-height: 1.25; width: max-content; margin: 0.5rem 0 0.5rem 1rem; }
.backprop pre { font-size: clamp(0.4rem, calc((100vw - 3.5rem) / var(--columns) / 0.62), 0.85rem); }
.backprop pre.narrow { display: none; }
.backprop .picture { overflow-x: auto; }
.backprop .drawing { position: relative; line-height: 1;
  font-size: clamp(0.56rem, calc((min(100vw, 60rem) - 4rem) / var(--wide)), 0.8rem); }
.backprop .drawing svg { position: absolute; width: 100%; height: 100%; background: none; }
.backprop .drawing line { stroke: var(--quiet); stroke-width: 0.022; }
.backprop .drawing polygon { fill: var(--quiet); }
.backprop .drawing rect { fill: var(--paper); stroke: var(--ink); stroke-width: 0.03; }
.backprop .drawing rect.dead { fill: var(--dead); stroke: var(--quiet); }
.backprop .drawing line.dead { opacity: 0.5; }
.backprop .drawing .positive { stroke: #2b6cb0; }
.backprop .drawing .negative { stroke: #c2560c; stroke-dasharray: 0.12 0.08; }
.backprop .drawing > span { position: absolute; transform: translate(-50%, -50%); white-space: nowrap; }
.backprop .drawing > .over { background: var(--paper); padding: 0 0.15em; }
.backprop .drawing > .quiet { color: var(--quiet); }
.backprop .drawing > .gradient { color: var(--result); font-weight: bold; }
.backprop caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.backprop tbody th { font-weight: inherit; }
.backprop dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem;
  margin: 0.5rem 0 0 1rem; }
.backprop dt { font-weight: bold; }
.backprop dd { margin: 0; min-width: 0; }
.backprop svg { max-width: 100%; height: auto; }
@media (max-width: 40rem) {
  .backprop { padding: 0.5rem 0.8rem 2rem; overflow-wrap: break-word; }
  .backprop .equations { display: block; padding-left: 0.3rem; }
  .backprop .line { display: block; padding: 0.2em 0; }
  .backprop .line > span { display: inline; padding: 0; white-space: normal; }
  .backprop .line > .left { margin-right: 0.2em; }
  .backprop .line > .about { display: block; padding-left: 1.2em; }
  .backprop .line .result { display: block; padding-left: 1.2em; }
  .backprop table { margin-left: 0.3rem; } .backprop th, .backprop td { padding: 0.2rem 0.5rem; }
  .backprop .given > math { margin-right: 1em; } .backprop .box { padding: 0.3rem 0.6rem 0.6rem; }
  .backprop details, .backprop .question, .backprop dl, .backprop .given {
    margin-left: 0.3rem; padding-left: 0; }
  .backprop pre { margin-left: 0; }
  .backprop .wide { display: none; } .backprop pre.narrow { display: block; }
  .backprop .fields input { width: 4.4rem; } }
@media (prefers-color-scheme: dark) {
  .backprop { --ink: #e6e6e6; --quiet: #a8a8a8; --rule: #5c5c5c; --result: #8cc4ff; --paper: #16181b;
    --shade: #ffffff40; --dead: #3a3d42; }
  .backprop svg { background: #ffffff; } .backprop .drawing svg { background: none; } }
@media print {
  .backprop { --ink: #000000; --quiet: #333333; --result: #000000; --paper: #ffffff;
    max-width: none; padding: 0; font-size: 10.5pt; }
  .backprop h2, .backprop h3 { break-after: avoid; }
  .backprop .contents, .backprop .saving { display: none; }
  .backprop .scroller { overflow: visible; background: none; }
  .backprop details::details-content { content-visibility: visible; block-size: auto; }
  .backprop summary { display: none; }
  .backprop .working { display: block; flex-basis: 100%; }
  .backprop .line, .backprop .question, .backprop tbody { break-inside: avoid; overflow: visible; } }
"""
PAGE = """
html { color-scheme: light dark; background: #ffffff; } body { margin: 0; }
@media (prefers-color-scheme: dark) { html { background: #16181b; } }
@media print { html { background: #ffffff; } @page { margin: 1.8cm; } }
"""
