"""The phases, one a file, in the order in which they look."""

from forum.prevention.phases import (
    category,
    first,
    form,
    history,
    images,
    learned,
    length,
    links,
    mentions,
    personal,
    rate,
    repeat,
    words,
)
from forum.prevention.verdicts import Phase

PHASES: tuple[Phase, ...] = (
    length.PHASE, repeat.PHASE, words.PHASE, links.PHASE, mentions.PHASE, rate.PHASE, form.PHASE, history.PHASE,
    learned.PHASE, images.PHASE, personal.PHASE, category.PHASE, first.PHASE,
)  # fmt: skip
BY_NAME = {phase.name: phase for phase in PHASES}
