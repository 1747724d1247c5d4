"""The command line: a file per subcommand, loaded when it is used.

main      the group, exit codes, how errors are shown
sources   options that several commands share: a configuration file, or one origin with functions
serve  request  check  schema
"""
