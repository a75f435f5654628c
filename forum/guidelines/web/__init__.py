"""The guidelines in HTML: what everybody reads, and the managers' desk."""

from forum.guidelines.web.desk import Desk
from forum.guidelines.web.pages import Guidelines

CONTROLLERS = [Guidelines, Desk]
