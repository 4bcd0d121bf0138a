"""What happens in an org, stream by stream, each behind a cursor."""

from leadpolicy_salesforce.feeds.streams import Feeds, feeds_of

__all__ = ["Feeds", "feeds_of"]
