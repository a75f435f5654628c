"""Members' words, what polarity reads, and feedback by API."""

from tests.support.routes.access import AUTHOR, MANAGER, MEMBER, Access

WORDS: dict[tuple[str, str], Access] = {
    ("GET", "/posts/{post_id:int}/feedback"): MEMBER,
    ("POST", "/posts/{post_id:int}/feedback"): MEMBER,
    ("POST", "/posts/{post_id:int}/me-too"): MEMBER,
    ("GET", "/posts/{post_id:int}/quoting"): AUTHOR,
    ("POST", "/posts/{post_id:int}/quoting"): Access("author", {"quote": "no"}),
    ("GET", "/settings/feedback"): MEMBER,
    ("POST", "/settings/feedback"): Access("member", {"quote": "no"}),
    ("GET", "/settings/feedback/data.json"): MEMBER,
    ("GET", "/settings/feedback/erase"): MEMBER,
    ("POST", "/settings/feedback/erase"): MEMBER,
    ("GET", "/manage/feedback"): MANAGER,
    ("POST", "/manage/feedback"): Access("manager", {"quote": "no"}),
    ("GET", "/feedback/lexicon"): MANAGER,
    ("POST", "/feedback/lexicon"): Access("manager", {"locale": "it", "term": "ottimo", "value": "3"}),
    ("POST", "/feedback/lexicon/{number:int}/revert"): MANAGER,
    ("GET", "/feedback/evidence/{evidence_id:int}/polarity"): MANAGER,
    ("POST", "/feedback/evidence/{evidence_id:int}/polarity"): Access("manager", {"value": "1"}),
    ("GET", "/api/v1/feedback/items"): Access("team or manager"),
    ("POST", "/api/v1/feedback/items"): Access("manager", {"title": "Brakes", "kind": "problem"}),
    ("GET", "/api/v1/feedback/items/{item_id:int}"): Access("team or manager"),
    ("POST", "/api/v1/feedback/items/{item_id:int}/evidence"): MANAGER,
    ("POST", "/api/v1/feedback/items/{item_id:int}/status"): Access("team or manager"),
    ("POST", "/api/v1/feedback/items/{item_id:int}/merge"): MANAGER,
}
