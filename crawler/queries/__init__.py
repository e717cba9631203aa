"""Questions to an archive, each with its command: status, changes, failures, explain, plan.

Nothing is re-exported: each command loads what it needs, and no more.
"""
