"""How the HTML pages look: on a screen, in the dark, and printed."""

# Every rule stands under .backprop, so that a fragment changes nothing of the page it is pasted into.
STYLESHEET = """
.backprop { --ink: #1a1a1a; --quiet: #595959; --rule: #b8b8b8; --result: #0b4f8a; --paper: #ffffff;
  color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 1rem 1.5rem 3rem;
  font: 1rem/1.5 Charter, "Bitstream Charter", Cambria, Georgia, serif; }
.backprop h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0 0.2rem; }
.backprop h2 { font-size: 1.15rem; margin: 1.8rem 0 0.4rem; }
.backprop h2 .number { margin-right: 0.7em; color: var(--quiet); }
.backprop p { margin: 0.3rem 0; }
.backprop .source, .backprop .remark { color: var(--quiet); font-style: italic; }
.backprop .equations { overflow-x: auto; overflow-y: hidden; padding: 0.25rem 0 0.25rem 1rem; }
.backprop math { font-size: 1.08em; font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", math; }
.backprop .equations > math { display: block math; width: max-content; }
.backprop .aligned > mtr > mtd { text-align: left; padding: 0.22em 0; }
.backprop .aligned > mtr > mtd.about { padding-left: 2em; color: var(--quiet); }
.backprop .aligned mtd mtext { font-family: Charter, Cambria, Georgia, serif; font-size: 0.93em; }
.backprop .matrix > mtr > mtd { text-align: right; text-align: -webkit-right; padding: 0.2em 0.4em; }
.backprop .blocks > mtr > mtd { text-align: left; padding: 0.15em 0; }
.backprop .blank { border-bottom: 1px solid var(--ink); }
.backprop .braced { border-bottom: 1px solid var(--quiet); padding-bottom: 0.15em; }
.backprop .cases > mtr > mtd { text-align: left; padding: 0.1em 0.5em; }
.backprop .result { color: var(--result); }
.backprop .inset { padding-left: 2em; }
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
.backprop pre { font-size: 0.85rem; line-height: 1.25; overflow-x: auto; margin: 0.5rem 0 0.5rem 1rem; }
.backprop dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem;
  margin: 0.5rem 0 0 1rem; }
.backprop dt { font-weight: bold; }
.backprop dd { margin: 0; }
.backprop svg { max-width: 100%; height: auto; }
@media (prefers-color-scheme: dark) {
  .backprop { --ink: #e6e6e6; --quiet: #a8a8a8; --rule: #5c5c5c; --result: #8cc4ff; --paper: #16181b; }
  .backprop svg { background: #ffffff; } }
@media print {
  .backprop { --ink: #000000; --quiet: #333333; --result: #000000; --paper: #ffffff;
    max-width: none; padding: 0; font-size: 10.5pt; }
  .backprop h2 { break-after: avoid; }
  .backprop .equations, .backprop tbody { break-inside: avoid; overflow: visible; } }
"""
PAGE = """
html { color-scheme: light dark; background: #ffffff; } body { margin: 0; }
@media (prefers-color-scheme: dark) { html { background: #16181b; } }
@media print { html { background: #ffffff; } @page { margin: 1.8cm; } }
"""
