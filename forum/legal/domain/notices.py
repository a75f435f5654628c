"""Giving notice of illegal content (DSA Art. 16), and the request of Law 71/2017; confirming that it is in hand.

Every address becomes a report in the one queue: it joins the case about that post, thread or profile.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from forum.accounts.domain.attempts import MAILS, Watch, within
from forum.accounts.domain.names import clean_email
from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from forum.events import NoticeConfirmed, NoticeGiven, record
from forum.kit.i18n import N_, Message, Text
from forum.kit.mail import one_line
from forum.legal import addresses, words
from forum.legal.domain.misuse import require_not_suspended
from forum.legal.keys import mail_key
from forum.legal.models import CAPACITIES, LegalNotice, LegalNoticeItem, TrustedFlagger
from forum.moderation.domain import cases, scores
from forum.moderation.domain.reports import reference, snapshot
from forum.moderation.domain.targets import load
from forum.moderation.models import Case, Report
from forum.policy.actors import Actor
from forum.policy.legal import as_notifier, require_desk, require_notice_of
from forum.policy.moderation import may_see_case

SHORTEST, LONGEST = 20, 5000  # characters of an explanation: "sufficiently substantiated" (Art. 16 (2) a)
LONGEST_LAW, LONGEST_NAME = 500, 120
CONFIRM, ACT = timedelta(hours=24), timedelta(hours=48)
"""Law 71/2017, Art. 2: the site confirms within 24 hours, and acts within 48."""
TRUSTED, TIMED = 1500, 1200
"""What a trusted flagger's notice, or one whose time runs, adds to its case's score, in hundredths; only a danger to
somebody's life (2,000) weighs more."""
FROM_HERE = ((timedelta(hours=1), 6), (timedelta(days=1), 20))
"""Notices from one network address, or by one member: people who write many are trusted flaggers, or are asked to wait.
"""
TRAP = N_("Leave this field empty: it is there for programs that fill in everything.")


class NoticeDraft(msgspec.Struct, frozen=True):
    """What somebody wrote into the form. `kind`: see `NOTICE_KINDS`; `trap`: the field that people do not see."""

    kind: str
    category: str
    urls: str
    explanation: str
    law: str = ""
    name: str = ""
    mail: str = ""
    capacity: str = ""
    good_faith: bool = False
    locale: str = ""
    trap: str = ""


class NoticeRef(msgspec.Struct, frozen=True):
    """A notice that was taken."""

    id: int
    reference: str


def check(draft: NoticeDraft) -> dict[str, Message]:
    """What is wrong with the words, field by field, without looking anything up."""
    found = _address_problems(draft)
    for name, text, most in (
        ("explanation", draft.explanation, LONGEST), ("law", draft.law, LONGEST_LAW),
        ("name", draft.name, LONGEST_NAME),
    ):  # fmt: skip
        if len(text.strip()) > most:
            found[name] = Text(N_("At most %(n)s characters."), {"n": most})
    if len(draft.explanation.strip()) < SHORTEST:
        found["explanation"] = N_("Explain in a sentence or two why this is against the law.")
    if draft.kind == "bullying" and draft.capacity not in CAPACITIES[1:]:
        found["capacity"] = N_("Say who asks: the minor, or a parent.")
    if draft.kind == "bullying" and not draft.mail.strip():
        found["mail"] = N_("We need an address: the law wants us to answer you within 24 hours.")
    if not draft.good_faith:
        found["good_faith"] = N_("Say that what you write is true as far as you know.")
    return found


def _address_problems(draft: NoticeDraft) -> dict[str, Message]:
    found: dict[str, Message] = {}
    if draft.trap:
        found["website"] = TRAP
    if draft.category not in words.NOTICED:
        found["category"] = N_("Choose what it is about.")
    many = len(addresses.lines(draft.urls))
    if not many:
        found["urls"] = N_("Paste the address of what you mean.")
    elif many > addresses.MOST:
        most = N_("At most %(n)s addresses in one notice: send another for the rest.")
        found["urls"] = Text(most, {"n": addresses.MOST})
    return found


def anonymous(draft: NoticeDraft) -> bool:
    """Sexual content involving minors: nobody is asked who they are, and no name is kept (Art. 16 (2) c)."""
    return draft.category == "minors_sexual" and draft.kind == "illegal"


def give_notice(
    session: Session, *, actor: Actor, draft: NoticeDraft, watch: Watch, base_url: str, now: datetime
) -> NoticeRef:
    """Take a notice. Open to guests. Raises Invalid (by field), TooMany, Forbidden (suspended for misuse: Art. 23)."""
    problems = check(draft)
    mail = "" if anonymous(draft) else draft.mail.strip()
    if mail:
        try:
            mail = clean_email(mail, field="mail")
        except Invalid as error:
            problems |= error.fields
    if problems:
        raise Invalid(problems)
    found = _targets(session, actor, draft, base_url)
    hashed = mail_key(watch.secret, mail)
    require_not_suspended(session, actor, hashed, now)
    flagger = flagger_of(session, actor, mail)
    _require_measure(session, actor, watch, mail, trusted=flagger is not None, now=now)
    notice = _insert(session, actor, draft, mail, hashed, flagger, now)
    for one in found:
        _join(session, actor, notice, one, now)
    session.flush()
    record(session, NoticeGiven(notice.id), now=now)
    return NoticeRef(notice.id, notice.reference)


def _targets(session: Session, actor: Actor, draft: NoticeDraft, base_url: str) -> list[addresses.Found]:
    """Each thing once, in the order of ids so that two notices wait for each other. Raises Invalid(urls)."""
    found: dict[tuple[str, int], addresses.Found] = {}
    reader = as_notifier(actor)
    for url in addresses.lines(draft.urls):
        one = addresses.resolve(session, reader, url[:2000], base_url)
        if one is None:
            words_ = N_("Under this address we find nothing of this site that you can see: %(url)s")
            raise Invalid({"urls": Text(words_, {"url": url[:200]})})
        try:
            require_notice_of(actor, load(session, one.type, one.id, lock=False).member.id)
        except Forbidden as error:
            raise Invalid({"urls": error.message}) from None
        found.setdefault((one.type, one.id), one)
    return [found[key] for key in sorted(found)]


def flagger_of(session: Session, actor: Actor, mail: str) -> TrustedFlagger | None:
    """The trusted flagger who gives this notice: signed in, or by the mail address given."""
    who = []
    if not actor.is_guest:
        who.append(TrustedFlagger.member_id == actor.id)
    if mail:
        who.append(TrustedFlagger.mail == mail.lower())
    if not who:
        return None
    return session.scalar(select(TrustedFlagger).where(TrustedFlagger.ended_at.is_(None), or_(*who)).limit(1))


def _require_measure(session: Session, actor: Actor, watch: Watch, mail: str, *, trusted: bool, now: datetime) -> None:
    """Raises TooMany. Trusted flaggers are not counted, nor is the staff; mails to one address are, whoever asks."""
    if trusted or actor.is_staff:
        return
    who = watch.key("notice", watch.network if actor.is_guest else f"member:{actor.id}")
    if not within(session, who, FROM_HERE, now):
        raise TooMany(
            N_("Many notices came from you in a short time. What you wrote stands below: send it in an hour."),
            retry_after=3600,
        )
    if mail and not within(session, watch.key("mail", mail.lower()), MAILS, now):
        raise TooMany(
            N_("That address has had many mails from us today. Leave it out, or send the notice tomorrow."),
            retry_after=3600,
        )


def _insert(
    session: Session, actor: Actor, draft: NoticeDraft, mail: str, hashed: str, flagger: TrustedFlagger | None,
    now: datetime,
) -> LegalNotice:  # fmt: skip
    hidden, timed = anonymous(draft), draft.kind == "bullying"
    notice = LegalNotice(
        reference=reference("N"), kind=draft.kind, category=draft.category, law=one_line(draft.law),
        explanation=draft.explanation.strip(), capacity=draft.capacity if timed else "",
        notifier_name="" if hidden else one_line(draft.name), notifier_mail=mail, mail_key=hashed,
        member_id=None if hidden or actor.is_guest else actor.id, flagger_id=flagger.id if flagger else None,
        locale=draft.locale, good_faith=True, created_at=now, confirm_by=now + CONFIRM if timed else None,
        act_by=now + ACT if timed else None, outcome="", told="", unfounded=False,
    )  # fmt: skip
    session.add(notice)
    session.flush()
    return notice


def _join(session: Session, actor: Actor, notice: LegalNotice, one: addresses.Found, now: datetime) -> None:
    """A report in the queue for one address. A member's own open report about the same thing becomes the notice's."""
    target = load(session, one.type, one.id, lock=False)
    case = cases.open_case(session, target, now)
    reason = "harassment" if notice.kind == "bullying" else words.CATEGORIES[notice.category].reason
    extra = TRUSTED if notice.flagger_id else TIMED if notice.act_by else 0
    weight = scores.PLAIN + scores.SEVERITY["illegal"] + extra
    title, text, version = snapshot(session, target)
    before = None
    if notice.member_id is not None:
        mine = select(Report).where(Report.case_id == case.id, Report.reporter_id == actor.id, Report.state == "open")
        before = session.scalar(mine)
    if before is not None:
        before.weight, before.reason = max(before.weight, weight), reason
        report = before
    else:
        report = Report(
            reference=reference("R"), case_id=case.id, reporter_id=notice.member_id, reason=reason,
            detail=notice.explanation, threat=False, weight=weight, snapshot_title=title, snapshot=text,
            snapshot_version=version, state="open", created_at=now,
        )  # fmt: skip
        session.add(report)
    session.flush()
    session.add(
        LegalNoticeItem(
            notice_id=notice.id, url=one.url[:300], target_type=one.type, target_id=one.id, case_id=case.id,
            report_id=report.id,
        )
    )  # fmt: skip
    cases.reckon(session, case)


def notice_for_update(session: Session, actor: Actor, notice_id: int) -> LegalNotice:
    """A notice at the desk, locked: it has a case that `actor` may see. Raises SignInNeeded, Forbidden, NotFound."""
    require_desk(actor)
    notice = None
    if 0 < notice_id <= MAX_ID:
        query = select(LegalNotice).where(LegalNotice.id == notice_id).with_for_update(key_share=True)
        notice = session.scalar(query.execution_options(populate_existing=True))
    if notice is None or notice.member_id == actor.id:
        raise NotFound()
    of_it = select(Case).join(LegalNoticeItem, LegalNoticeItem.case_id == Case.id)
    seen = session.scalars(of_it.where(LegalNoticeItem.notice_id == notice.id)).all()
    if not any(may_see_case(actor, case) for case in seen):
        raise NotFound()
    return notice


def confirm(session: Session, *, actor: Actor, notice_id: int, now: datetime) -> LegalNotice:
    """Tell who asked that it is in hand (Law 71/2017: within 24 hours). Raises SignInNeeded, Forbidden, NotFound,
    Conflict (confirmed or decided before).
    """
    notice = notice_for_update(session, actor, notice_id)
    if notice.confirmed_at is not None or notice.decided_at is not None:
        raise Conflict(N_("Whoever asked has been told already."))
    notice.confirmed_at = now
    session.flush()
    record(session, NoticeConfirmed(notice.id), now=now)
    audit.write(
        session, action="notice.confirmed", actor_id=actor.id, target=f"notice:{notice.id}",
        data={"reference": notice.reference}, now=now,
    )  # fmt: skip
    return notice


def mark_unfounded(session: Session, *, actor: Actor, notice_id: int, unfounded: bool, now: datetime) -> LegalNotice:
    """A rejected notice was manifestly unfounded (it counts for Art. 23 (2)), or was not after all.

    Raises SignInNeeded, Forbidden, NotFound, Conflict (not rejected).
    """
    notice = notice_for_update(session, actor, notice_id)
    if unfounded and notice.outcome != "rejected":
        raise Conflict(N_("Only a notice that was rejected can be unfounded."))
    if notice.unfounded != unfounded:
        notice.unfounded = unfounded
        audit.write(
            session, action="notice.judged", actor_id=actor.id, target=f"notice:{notice.id}",
            data={"reference": notice.reference, "unfounded": unfounded}, now=now,
        )  # fmt: skip
    return notice
