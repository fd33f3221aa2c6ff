"""What the supervisor keeps house with: children, groups, outages, watchers, and its machine."""
