"""Threads and posts in HTML: pages, and the fragments that htmx swaps."""

from forum.threads.web.lists import Lists
from forum.threads.web.posts import Posts
from forum.threads.web.replies import Replies
from forum.threads.web.threads import Permalinks, Threads

CONTROLLERS = [Lists, Threads, Permalinks, Replies, Posts]
