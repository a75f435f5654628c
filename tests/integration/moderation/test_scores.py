"""What comes first in the queue: by who reported, what about, and how often they were right."""

from forum.moderation.domain import Act, decide, report, scores
from forum.moderation.models import Case, Report
from forum.policy.actors import Actor

MEMBER, STAFF = Actor(id=1, role="member"), Actor(id=2, role="moderator")


def weigh(actor=MEMBER, *, reason="spam", threat=False, posts=0, upheld=0, judged=0):
    return scores.weight(actor, reason=reason, threat=threat, posts=posts, upheld=upheld, judged=judged)


def test_the_rule_of_weights():
    assert weigh() == 200, "a plain report of spam"
    assert weigh(posts=40) == 240 and weigh(posts=4000) == 300
    assert weigh(STAFF) == 700
    assert weigh(threat=True) > weigh(STAFF, reason="illegal") > weigh(reason="illegal") > weigh(reason="off_topic")


def test_accuracy_counts_only_after_six_and_around_seventy_percent():
    assert weigh(upheld=0, judged=5) == weigh(upheld=5, judged=5) == weigh()
    assert weigh(upheld=6, judged=6) > weigh()
    assert weigh(upheld=7, judged=10) == weigh(), "the pivot"
    assert weigh(upheld=60, judged=60) > weigh(upheld=6, judged=6), "grows with how many there were"
    assert weigh(upheld=0, judged=6) < weigh()


def test_who_is_mostly_wrong_hardly_counts():
    assert weigh(reason="other", upheld=0, judged=60) == scores.LEAST
    assert weigh(reason="spam", upheld=2, judged=60) < weigh(reason="spam") // 2


def test_an_abusive_reporter_loses_weight_and_the_queue_follows(make):
    liar, careful = make.member("liar"), make.member("careful")
    mod = make.member("mod", role="moderator")
    place = make.category()

    def reported(reporter):
        post = make.thread(make.member(), place).id
        with make.core.db.write() as session:
            return report(
                session, actor=reporter, target_type="post", target_id=post, reason="harassment", now=make.now
            ).case_id

    for reporter, action in ((liar, "dismiss"), (careful, "hide")):
        for _ in range(7):
            case = reported(reporter)
            why = {"reason": "harassment", "explanation": "Unkind."} if action == "hide" else {}
            with make.core.db.write() as session:
                decide(session, actor=mod, act=Act(action=action, **why), case_id=case, now=make.now)
    with make.core.db.read() as session:
        assert scores.accuracy(session, liar.id) == (0, 7) and scores.accuracy(session, careful.id) == (7, 7)
    of_liar, of_careful = make.get(Case, reported(liar)), make.get(Case, reported(careful))
    assert of_careful.score > 3 * of_liar.score


def test_a_case_weighs_what_its_open_reports_weigh(make):
    author = make.member()
    post = make.thread(author, make.category()).id
    for reason in ("off_topic", "hate", "spam"):
        with make.core.db.write() as session:
            ref = report(session, actor=make.member(), target_type="post", target_id=post, reason=reason, now=make.now)
    case = make.get(Case, ref.case_id)
    with make.core.db.read() as session:
        weights = [row.weight for row in session.query(Report).filter_by(case_id=case.id)]
    assert (case.report_count, case.score, case.reason) == (3, sum(weights), "hate")
