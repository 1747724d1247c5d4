"""Where cache entries sit.

memory    in this process, bounded in bytes
"""
