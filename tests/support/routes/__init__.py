"""The access matrix's table: every route of the application, and who may use it.

`who`: the least that a reader must be: guest, member, author (of the sample object), staff, manager, admin; or
"team or manager": who reads feedback. Besides,
"not the author": any member but them; "reporter", "reported": the two sides of a report, nobody of the staff.
link: the address itself is the key (a one-time token, a signature); a wrong one gets a refusal of its own.
For /api/v1 each role comes with a token of all its scopes, never with a cookie.
"""

from tests.support.routes.access import ADMIN, AUTHOR, GUEST, LINK, MEMBER, STAFF, Access
from tests.support.routes.feedback import FEEDBACK
from tests.support.routes.meetups import MEETUPS
from tests.support.routes.moderation import MODERATION
from tests.support.routes.words import WORDS

NEW_MEETUP = {
    "title": "A meetup", "body": "Come along, all of you.", "category": "public", "timezone": "Europe/Rome",
    "starts_at_local": "2031-05-09T18:00", "ends_at_local": "2031-05-09T20:00", "online_url": "https://forum.example/",
}  # fmt: skip
ROUTES: dict[tuple[str, str], Access] = {
    # health
    ("GET", "/healthz"): GUEST,
    ("GET", "/readyz"): GUEST,
    ("GET", "/theme.css"): GUEST,
    # guidelines
    ("GET", "/guidelines"): GUEST,
    ("GET", "/guidelines/markdown"): GUEST,
    ("GET", "/guidelines/history"): GUEST,
    ("GET", "/guidelines/{number:int}"): GUEST,
    ("GET", "/guidelines/{number:int}/changes"): GUEST,
    ("POST", "/guidelines/{number:int}/acknowledge"): MEMBER,
    # threads
    ("GET", "/"): GUEST,
    ("GET", "/latest"): GUEST,
    ("GET", "/new"): GUEST,
    ("GET", "/top"): GUEST,
    ("GET", "/unanswered"): GUEST,
    ("GET", "/unread"): GUEST,
    ("GET", "/c/{slug:str}"): GUEST,
    ("GET", "/tag/{name:str}"): GUEST,
    ("GET", "/t/{thread_id:int}"): GUEST,
    ("GET", "/t/{thread_id:int}/{slug:str}"): GUEST,
    ("GET", "/t/{thread_id:int}/{slug:str}/{post_number:int}"): GUEST,
    ("GET", "/p/{post_id:int}"): GUEST,
    ("GET", "/threads/new"): MEMBER,
    ("POST", "/threads"): MEMBER,
    ("GET", "/threads/{thread_id:int}/edit"): Access("author or staff"),
    ("POST", "/threads/{thread_id:int}/edit"): Access("author or staff", {"title": "A new title", "version": "1"}),
    ("GET", "/threads/{thread_id:int}/reply"): MEMBER,
    ("POST", "/threads/{thread_id:int}/replies"): Access("member", {"body": "An answer"}),
    ("GET", "/posts/{post_id:int}"): GUEST,
    ("GET", "/posts/{post_id:int}/edit"): AUTHOR,
    ("POST", "/posts/{post_id:int}/edit"): Access("author", {"body": "Other words", "version": "1"}),
    ("POST", "/posts/{post_id:int}/delete"): AUTHOR,
    ("POST", "/posts/{post_id:int}/restore"): AUTHOR,  # deleted by the row above
    ("GET", "/posts/{post_id:int}/history"): GUEST,
    ("GET", "/posts/{post_id:int}/quote"): GUEST,
    # search
    ("GET", "/search"): GUEST,
    ("GET", "/search/similar"): GUEST,
    ("GET", "/search/similar/{thread_id:int}"): GUEST,
    ("GET", "/settings/searches"): MEMBER,
    ("POST", "/settings/searches"): Access("member", {"query": "words"}),
    ("GET", "/settings/searches/{saved_id:int}"): Access("reporter"),  # the sample is the plain member's
    ("POST", "/settings/searches/{saved_id:int}"): Access("reporter", {"query": "other words"}),
    ("POST", "/settings/searches/{saved_id:int}/stop"): Access("reporter"),
    ("GET", "/admin/search"): ADMIN,
    ("POST", "/admin/search/rebuild"): ADMIN,
    # accounts
    ("GET", "/signup"): GUEST,
    ("POST", "/signup"): GUEST,
    ("GET", "/signup/sent"): GUEST,
    ("GET", "/verify/{token:str}"): LINK,
    ("POST", "/verify/{token:str}"): LINK,
    ("GET", "/login"): GUEST,
    ("POST", "/login"): GUEST,
    ("GET", "/password/forgot"): GUEST,
    ("POST", "/password/forgot"): GUEST,
    ("GET", "/password/sent"): GUEST,
    ("GET", "/password/reset/{token:str}"): LINK,
    ("POST", "/password/reset/{token:str}"): LINK,
    ("GET", "/link/{token:str}"): LINK,
    ("POST", "/link/{token:str}"): LINK,
    ("GET", "/setup/{token:str}"): LINK,
    ("POST", "/setup/{token:str}"): LINK,
    ("GET", "/settings"): MEMBER,
    ("GET", "/settings/account"): MEMBER,
    ("POST", "/settings/account/password"): MEMBER,
    ("POST", "/settings/account/email"): MEMBER,
    ("GET", "/settings/email/{token:str}"): LINK,
    ("POST", "/settings/email/{token:str}"): LINK,
    ("POST", "/settings/account/sessions/revoke-others"): MEMBER,
    ("POST", "/settings/account/sessions/{session_id:int}/revoke"): Access("nobody"),  # the sample is not theirs
    ("GET", "/settings/tokens"): MEMBER,
    ("POST", "/settings/tokens"): MEMBER,
    ("POST", "/settings/tokens/{token_id:int}/revoke"): Access("nobody"),
    # members
    ("GET", "/members"): GUEST,
    ("GET", "/u/{name:str}"): GUEST,
    ("GET", "/u/{name:str}/threads"): GUEST,
    ("POST", "/language"): GUEST,
    ("GET", "/settings/profile"): MEMBER,
    ("POST", "/settings/profile"): MEMBER,
    ("GET", "/settings/look"): MEMBER,
    ("POST", "/settings/look"): MEMBER,
    ("GET", "/settings/notices"): MEMBER,
    ("POST", "/settings/notices"): MEMBER,
    ("POST", "/settings/avatar"): LINK,  # takes no URL-encoded form: its own tests send pictures
    ("POST", "/settings/avatar/remove"): MEMBER,
    ("GET", "/uploads/avatars/{name:str}"): LINK,
    ("GET", "/uploads/images/{name:str}"): LINK,
    # notices
    ("GET", "/notifications"): MEMBER,
    ("GET", "/notifications/{notice_id:int}"): AUTHOR,
    ("POST", "/notifications/read"): MEMBER,
    ("GET", "/unsubscribe/{member_id:int}/{kind:str}/{signature:str}"): LINK,
    ("POST", "/unsubscribe/{member_id:int}/{kind:str}/{signature:str}"): LINK,
    # old addresses of what was imported
    ("GET", "/import/{source:str}/{kind:str}/{foreign:path}"): LINK,
    # figures: a gate of their own, a token or the loopback address
    ("GET", "/metrics"): LINK,
    **MEETUPS,
    **FEEDBACK,
    **MODERATION,
    # the API
    ("GET", "/api"): GUEST,
    ("GET", "/api/docs"): GUEST,
    ("GET", "/api/openapi.json"): GUEST,
    ("GET", "/api/v1/me"): MEMBER,
    ("GET", "/api/v1/categories"): GUEST,
    ("POST", "/api/v1/categories"): Access("manager", {"slug": "made", "name": "Made"}),
    ("GET", "/api/v1/threads"): GUEST,
    ("POST", "/api/v1/threads"): Access("member", {"category": "public", "title": "By API", "body": "Words"}),
    ("GET", "/api/v1/threads/{thread_id:int}"): GUEST,
    ("GET", "/api/v1/threads/{thread_id:int}/posts"): GUEST,
    ("POST", "/api/v1/threads/{thread_id:int}/posts"): Access("member", {"body": "Words by API"}),
    ("GET", "/api/v1/posts/{post_id:int}"): GUEST,
    ("PATCH", "/api/v1/posts/{post_id:int}"): Access("author", {"body": "Changed by API"}),
    ("GET", "/api/v1/posts/{post_id:int}/revisions"): GUEST,
    ("POST", "/api/v1/posts/{post_id:int}/reports"): Access("not the author", {"reason": "other"}),
    ("GET", "/api/v1/members/{name:str}"): GUEST,
    ("GET", "/api/v1/search"): GUEST,
    **WORDS,
    ("GET", "/api/v1/meetups"): GUEST,
    ("POST", "/api/v1/meetups"): Access("manager", NEW_MEETUP),
    ("GET", "/api/v1/meetups/{meetup_id:int}"): GUEST,
    ("PUT", "/api/v1/occurrences/{occurrence_id:int}/rsvp"): Access("member", {"answer": "yes"}),
    ("GET", "/api/v1/occurrences/{occurrence_id:int}/attendees"): GUEST,
    ("POST", "/api/v1/occurrences/{occurrence_id:int}/cancel"): Access("manager", {"reason": "The roof leaks."}),
    ("GET", "/api/v1/moderation/cases"): STAFF,
    ("POST", "/api/v1/moderation/cases/{case_id:int}/claim"): STAFF,
    ("POST", "/api/v1/moderation/cases/{case_id:int}/decisions"): STAFF,
    ("POST", "/api/v1/moderation/decisions/{decision_id:int}/undo"): STAFF,
    ("POST", "/api/v1/decisions/{decision_id:int}/appeal"): Access("reported", {"text": "I see it differently."}),
    ("POST", "/api/v1/moderation/appeals/{appeal_id:int}/outcome"): STAFF,
    # last, since it ends the session
    ("GET", "/logout"): LINK,
    ("POST", "/logout"): GUEST,
}
