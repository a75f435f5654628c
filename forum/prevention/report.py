"""A replay in words and figures, for the terminal, the tests and the docs."""

from collections.abc import Iterator

from forum.prevention.phases import PHASES
from forum.prevention.replay import Outcome, Tally, percentile

HEAD = ("phase", "bad seen", "bad raised", "only it", "honest seen", "honest raised")


def lines(result: Outcome, show: int) -> Iterator[str]:
    """Totals, a row for each phase, and the first `show` false alarms."""
    honest, bad = result.honest, result.bad
    yield (
        f"{result.texts:,} texts: {sum(honest.values()):,} honest, {sum(bad.values()):,} bad;"
        f" {percentile(result.times, 0.5):.1f} ms a text, p99 {percentile(result.times, 0.99):.1f} ms"
    )
    yield (
        f"honest: {honest['block']} refused, {honest['hold']} held, {honest['flag']} flagged"
        f" ({result.share(honest, 'flag', 'hold', 'block'):.2f} %)"
    )
    for label, counts in sorted(result.by_label.items()):
        if label:
            caught = result.share(counts, "flag", "hold", "block")
            yield f"{label}: {caught:.1f} % of {sum(counts.values()):,} flagged, held or refused"
    yield ""
    yield _row(HEAD)
    for phase in PHASES:
        one = result.phases.get(phase.name, Tally())
        row = one.caught, one.caught_raised, one.alone, one.false, one.false_raised
        yield _row((phase.name, *(f"{count:,}" for count in row)))
    if result.wrong and show:
        yield ""
        yield f"False alarms, the first {min(show, len(result.wrong))} of {len(result.wrong):,}:"
        for item, verdict in result.wrong[:show]:
            said = next(finding.says for finding in verdict.findings if finding.phase == verdict.phase)
            yield f"  {item.id}  {verdict.phase}: {said}"


def _row(cells: tuple[str, ...]) -> str:
    return f"{cells[0]:<12}" + "".join(f"{cell:>15}" for cell in cells[1:])
