"""`/moderation/measures`: how the desk does, to be read in a minute."""

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency

from forum.kit.i18n import N_, NN_, Message, Text
from forum.moderation.queries.measures import PERIODS, Measures, Wait, measures
from forum.policy.moderation import require_figures
from forum.web.ctx import Ctx

HERE = "/moderation/measures"


class MeasuresQuery(msgspec.Struct):
    """How many days."""

    days: str = "30"


class Figure(msgspec.Struct, frozen=True):
    """One line. `share`: 0 to 1, for its bar, None without one; `before`: the same of the period before."""

    label: str
    value: str
    before: str
    hint: str = ""
    share: float | None = None


class Desk(Controller):
    """The figures."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """The last 7, 30 or 90 days against those before. Raises SignInNeeded, Forbidden."""
        wanted = ctx.query(MeasuresQuery).days
        days = int(wanted) if wanted in {str(one) for one in PERIODS} else 30
        with ctx.db.read() as session:
            require_figures(ctx.actor(session))
            ctx.house(session)
            found = measures(session, days, ctx.now)
        highest = max((max(bar.opened, bar.decided) for bar in found.bars), default=0)
        return ctx.page(
            "moderation/measures.html", it=found, periods=PERIODS, highest=highest,
            times=_times(ctx, found), shares=_shares(ctx, found), half=ctx.say(lasting(found.now.decision.median)),
            most=max((one.decisions for one in found.load), default=0),
        )  # fmt: skip


def lasting(seconds: int | None) -> Message:
    """As in "12 min", "2 h 10 min", "3 days"."""
    if seconds is None:
        return N_("–")
    minutes = round(seconds / 60)
    if minutes < 60:
        return Text(N_("%(n)s min"), {"n": minutes})
    if minutes < 48 * 60:
        return Text(N_("%(hours)s h %(minutes)s min"), {"hours": minutes // 60, "minutes": minutes % 60})
    one, many = NN_("%(n)s day", "%(n)s days")
    return Text(one, {"n": round(minutes / 1440)}, many)


def _times(ctx: Ctx, found: Measures) -> list[Figure]:
    def line(label: str, pick: str, which: str) -> Figure:
        now: Wait = getattr(found.now, pick)
        before: Wait = getattr(found.before, pick)
        return Figure(ctx.say(label), ctx.say(lasting(getattr(now, which))), ctx.say(lasting(getattr(before, which))))

    return [
        line(N_("First look, half within"), "look", "median"),
        line(N_("First look, nine of ten within"), "look", "p90"),
        line(N_("Decision, half within"), "decision", "median"),
        line(N_("Decision, nine of ten within"), "decision", "p90"),
    ]  # fmt: skip


def _shares(ctx: Ctx, found: Measures) -> list[Figure]:
    def line(label: str, hint: Message, part: str, whole: str) -> Figure:
        values = [(getattr(one, part), getattr(one, whole)) for one in (found.now, found.before)]
        words = [f"{round(100 * some / every)} %" if every else "–" for some, every in values]
        some, every = values[0]
        return Figure(ctx.say(label), words[0], words[1], ctx.say(hint), some / every if every else None)

    now = found.now
    return [
        line(
            N_("Reversed on appeal"),
            Text(N_("%(some)s of %(all)s appeals that were answered"), {"some": now.reversed, "all": now.appeals}),
            "reversed", "appeals",
        ),
        line(
            N_("Taken back by the staff"),
            Text(N_("%(some)s of %(all)s decisions"), {"some": now.undone, "all": now.decisions}),
            "undone", "decisions",
        ),
        line(
            N_("Reports that were right"),
            Text(N_("%(some)s of %(all)s that were judged"), {"some": now.upheld, "all": now.judged}),
            "upheld", "judged",
        ),
    ]  # fmt: skip


CONTROLLERS = [Desk]
