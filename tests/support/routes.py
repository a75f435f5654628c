"""The access matrix's table: every route of the application, and who may use it.

`who`: the least that a reader must be: guest, member, author (of the sample object), staff, manager, admin. Besides,
"not the author": any member but them; "reporter", "reported": the two sides of a report, nobody of the staff.
link: the address itself is the key (a one-time token, a signature); a wrong one gets a refusal of its own.
For /api/v1 each role comes with a token of all its scopes, never with a cookie.
"""

from typing import NamedTuple


class Access(NamedTuple):
    """Who may use a route. `form`: a body that is well-formed, so that refusal comes from permission."""

    who: str
    form: dict[str, str] | None = None
    sample: int = 0
    """Which of the scene's objects to use."""


GUEST, MEMBER, AUTHOR, STAFF, MANAGER, ADMIN, LINK = (
    Access("guest"),
    Access("member"),
    Access("author"),
    Access("staff"),
    Access("manager"),
    Access("admin"),
    Access("link"),
)

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
    # moderation, the members' side
    ("GET", "/report/post/{post_id:int}"): Access("not the author"),
    ("POST", "/report/post/{post_id:int}"): Access("not the author", {"reason": "other"}),
    ("GET", "/report/thread/{thread_id:int}"): Access("not the author"),
    ("POST", "/report/thread/{thread_id:int}"): Access("not the author", {"reason": "other"}),
    ("GET", "/report/member/{name:str}"): Access("not the author"),
    ("POST", "/report/member/{name:str}"): Access("not the author", {"reason": "other"}),
    ("GET", "/reports"): MEMBER,
    ("GET", "/reports/{reference:str}"): Access("reporter"),
    ("GET", "/decisions"): MEMBER,
    ("GET", "/decisions/{decision_id:int}"): Access("reported"),
    ("POST", "/decisions/{decision_id:int}/acknowledge"): Access("reported"),
    ("GET", "/decisions/{decision_id:int}/appeal"): Access("reported"),
    ("POST", "/decisions/{decision_id:int}/appeal"): Access("reported", {"text": "I see it differently."}),
    ("GET", "/moderation/public"): GUEST,
    # the desks
    ("GET", "/manage"): MANAGER,
    ("GET", "/manage/categories"): MANAGER,
    ("POST", "/manage/categories"): MANAGER,
    ("GET", "/manage/categories/new"): MANAGER,
    ("GET", "/manage/categories/{category_id:int}/edit"): MANAGER,
    ("POST", "/manage/categories/{category_id:int}/edit"): MANAGER,
    ("POST", "/manage/categories/{category_id:int}/up"): MANAGER,
    ("POST", "/manage/categories/{category_id:int}/down"): MANAGER,
    ("GET", "/manage/categories/{category_id:int}/remove"): MANAGER,
    ("POST", "/manage/categories/{category_id:int}/remove"): MANAGER,
    ("GET", "/manage/guidelines"): MANAGER,
    ("POST", "/manage/guidelines"): MANAGER,
    ("GET", "/manage/guidelines/{version:int}/edit"): MANAGER,  # of version 1 here: 409 to who may write them
    ("POST", "/manage/guidelines/{version:int}/edit"): MANAGER,
    ("GET", "/manage/guidelines/{version:int}/announce"): MANAGER,
    ("POST", "/manage/guidelines/{version:int}/announce"): MANAGER,
    ("GET", "/manage/guidelines/{version:int}/withdraw"): MANAGER,
    ("POST", "/manage/guidelines/{version:int}/withdraw"): MANAGER,
    ("GET", "/manage/guidelines/{version:int}/discard"): MANAGER,
    ("POST", "/manage/guidelines/{version:int}/discard"): MANAGER,
    ("GET", "/admin"): ADMIN,
    ("GET", "/admin/site"): ADMIN,
    ("POST", "/admin/site"): ADMIN,
    ("GET", "/admin/roles"): ADMIN,
    ("GET", "/admin/roles/{member_id:int}"): ADMIN,
    ("POST", "/admin/roles/{member_id:int}"): Access("admin", {"role": "member"}),
    ("GET", "/admin/outbox"): ADMIN,
    ("POST", "/admin/outbox/{row_id:int}/retry"): ADMIN,
    ("POST", "/admin/outbox/{row_id:int}/discard"): Access("admin", sample=1),
    ("POST", "/admin/outbox/retry"): ADMIN,
    # the tools of a thread
    ("GET", "/moderation/threads/{thread_id:int}"): STAFF,
    ("GET", "/moderation/threads/{thread_id:int}/split"): STAFF,
    # another thread than the one that everybody has reported further up: nobody acts on their own report
    ("POST", "/moderation/threads/{thread_id:int}/split"): Access("staff", sample=5),
    ("POST", "/moderation/threads/{thread_id:int}/{act:str}"): Access("staff", sample=5),
    ("POST", "/moderation/timers/{timer_id:int}/cancel"): STAFF,
    # the moderators' desk
    ("GET", "/moderation"): STAFF,
    ("POST", "/moderation/bulk"): STAFF,
    ("GET", "/moderation/cases/{case_id:int}"): STAFF,
    ("POST", "/moderation/cases/{case_id:int}/claim"): STAFF,
    ("POST", "/moderation/cases/{case_id:int}/release"): STAFF,
    ("POST", "/moderation/cases/{case_id:int}/notes"): Access("staff", {"body": "A note"}),
    ("POST", "/moderation/cases/{case_id:int}/decide"): STAFF,
    # another member than the one whom everybody has reported further up
    ("GET", "/moderation/members/{name:str}"): Access("staff", sample=1),
    ("POST", "/moderation/members/{name:str}/notes"): Access("staff", {"body": "A note"}, sample=1),
    ("POST", "/moderation/members/{name:str}/lift"): Access("staff", sample=1),
    ("POST", "/moderation/members/{name:str}/decide"): Access("staff", sample=1),
    ("POST", "/moderation/decisions/{decision_id:int}/undo"): STAFF,
    ("GET", "/moderation/appeals"): STAFF,
    ("GET", "/moderation/appeals/{appeal_id:int}"): STAFF,
    ("POST", "/moderation/appeals/{appeal_id:int}"): Access("staff", {"outcome": "upheld", "reasons": "It stands."}),
    ("GET", "/moderation/measures"): STAFF,
    ("GET", "/moderation/messages"): STAFF,
    ("GET", "/moderation/messages/new"): MANAGER,
    ("POST", "/moderation/messages"): Access("manager", {"title": "One", "body_en": "Words", "body_it": "Parole"}),
    ("GET", "/moderation/messages/{message_id:int}/edit"): MANAGER,  # the one just made
    ("POST", "/moderation/messages/{message_id:int}/edit"): MANAGER,
    ("POST", "/moderation/messages/{message_id:int}/remove"): MANAGER,
    ("GET", "/moderation/blocks"): MANAGER,
    ("POST", "/moderation/blocks"): Access("manager", {"kind": "domain", "value": "spam.example"}),
    ("POST", "/moderation/blocks/{block_id:int}/remove"): MANAGER,  # the one just made
    # the log of the staff
    ("GET", "/moderation/log"): STAFF,
    ("POST", "/moderation/log/checks"): ADMIN,
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
