"""The words of feedback, once: kinds, statuses, reasons why words are withheld, what happened to an item.

All are message ids; whoever knows the reader translates. In Italian an item is a «voce», the room is «Ascolto».
"""

from forum.kit.i18n import N_

KINDS = {
    "problem": N_("Problem"), "wish": N_("Wish"), "praise": N_("Praise"), "question": N_("Question"),
    "risk": N_("Risk"),
}  # fmt: skip
STATUSES = {
    "new": N_("Just in"), "triaged": N_("Being looked at"), "sent": N_("With the team"), "acknowledged": N_("Read"),
    "planned": N_("Planned"), "done": N_("Done"), "declined": N_("Will not happen"),
    "duplicate": N_("Part of another"),
}  # fmt: skip
"""Where an item stands."""
STEPS = {
    "triaged": N_("Take it back"), "sent": N_("Send it again"), "acknowledged": N_("We have read it"),
    "planned": N_("It is planned"), "done": N_("It is done"), "declined": N_("It will not happen"),
}  # fmt: skip
"""A status as somebody says it, in the form."""
TONES = {"acknowledged": "good", "planned": "accent", "done": "good", "sent": ""}
"""How a status' tag looks; the word says it too."""
SOURCES = {
    "staff": N_("chosen by the staff"), "member": N_("pointed out by a member"), "rule": N_("found by a rule"),
    "survey": N_("from the survey of a meetup"),
}  # fmt: skip
MATCHES = {
    "tag": N_("Posts of threads with a tag"), "category": N_("New threads of a category"),
    "phrase": N_("Posts with certain words"), "survey": N_("Surveys with a low mark"),
}  # fmt: skip
PAIN = (N_("nobody minds"), N_("a nuisance"), N_("it hurts"), N_("it stops people"))
"""By number, 0–3."""
WITHHELD = {
    "hidden": N_("The post is out of sight: its words are counted, not shown to the team."),
    "private": N_("Not every guest may read this post: its words are counted, not shown to the team."),
    "refused": N_("Its author does not want to be quoted: counted, not shown to the team."),
    "erased": N_("Erased with its author’s account: counted, and gone."),
}
CHANGES = {
    "created": N_("Collected"), "status": N_("Status"), "changed": N_("Changed"), "merged": N_("Merged"),
    "unmerged": N_("Taken out again"), "split": N_("Words moved to another item"),
    "evidence_added": N_("Words added"), "evidence_removed": N_("Words taken off"),
}  # fmt: skip
FIELDS = {
    "title": N_("title"), "kind": N_("kind"), "pain": N_("pain"), "area": N_("area"), "theme_id": N_("theme"),
    "team_id": N_("team"), "owner_id": N_("who has it in hand"), "ask": N_("what we ask"),
    "promise": N_("promise"), "promise_due": N_("date of the promise"), "promise_kept_at": N_("promise kept"),
}  # fmt: skip
