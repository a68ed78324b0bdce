/** Page styles, dark or light according to the reader's preference. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fbfaf8; --raised: #fff; --ink: #1d1b19; --soft: #6b6660; --line: #e4e0da;
  --rival0: #3867d6; --rival1: #b5651d; --rival2: #6a4fb3; --rival3: #2a8a7a; --met: #1f7a3f; --missed: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #141312; --raised: #1c1b19; --ink: #ece8e2; --soft: #9a948c;
  --line: #34312d; --rival0: #7ea2ff; --rival1: #e39b57; --rival2: #b39bf0; --rival3: #62c4b2; --met: #6cc887; --missed: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 40px 24px 80px; }
h1 { font-size: 30px; letter-spacing: -0.02em; margin: 0 0 8px; } h2 { font-size: 18px; margin: 44px 0 12px; }
.lead { max-width: 74ch; color: var(--soft); margin: 0 0 28px; }
figure, .scroll { margin: 0; padding: 20px; background: var(--raised); border: 1px solid var(--line); border-radius: 10px; overflow-x: auto; }
.scroll { padding: 4px 12px; }
svg { width: 100%; min-width: 760px; display: block; font: 12px system-ui, sans-serif; }
svg text { dominant-baseline: middle; fill: var(--ink); } svg .axis { fill: var(--soft); font-size: 11px; }
svg .value { font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); } svg .one { stroke: var(--soft); stroke-dasharray: 3 3; }
svg .goal { stroke: var(--ink); stroke-width: 2; }
.rival0 { fill: var(--rival0); } .rival1 { fill: var(--rival1); } .rival2 { fill: var(--rival2); } .rival3 { fill: var(--rival3); }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; font-weight: 500; color: var(--soft); vertical-align: top; padding: 8px; }
thead th { border-bottom: 1px solid var(--line); } .number { text-align: right; }
tbody { border-bottom: 1px solid var(--line); } table > tbody:last-child { border-bottom: 0; }
tbody th { width: 34%; min-width: 260px; } tbody th b { display: block; color: var(--ink); font-weight: 600; }
td { padding: 8px; vertical-align: top; } tr.ours td { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } thead .number { white-space: normal; }
small { display: block; color: var(--soft); font-weight: 400; font-size: 11px; }
code { font: 12px ui-monospace, monospace; }
ul { list-style: none; margin: 6px 0 0; padding: 0; } li::before { display: inline-block; width: 16px; }
.met { color: var(--met); } .met::before { content: "✔"; } .missed { color: var(--missed); } .missed::before { content: "✖"; }
.unknown::before { content: "·"; }
`;
