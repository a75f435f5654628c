"""Members in HTML: their pages, the directory, their own settings, their pictures."""

from forum.members.web.avatars import Avatars
from forum.members.web.language import Language
from forum.members.web.profiles import Profiles
from forum.members.web.settings import Settings

CONTROLLERS = [Profiles, Settings, Avatars, Language]
