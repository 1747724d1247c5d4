"""`edgeproxy serve`: the proxy under the production server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
import msgspec

from edgeproxy import __version__
from edgeproxy.cli.sources import project_from, show_warnings, source_options
from edgeproxy.cloudfront.hooks import Hook

if TYPE_CHECKING:
    from edgeproxy.config.project import Project


PORT = click.IntRange(0, 65535)


@click.command(
    "serve",
    epilog="Example: edgeproxy serve --origin http://127.0.0.1:9000 --origin-response headers.py:handler",
)
@click.argument("config", required=False)
@click.option("--host", metavar="ADDRESS", help="Address to listen on (127.0.0.1).")
@click.option("--port", metavar="N", type=PORT, help="Port to listen on (8080); 0 takes a free one.")
@click.option("--workers", metavar="N", type=click.IntRange(min=1), help="Worker processes; this version runs one.")
@click.option("--threads", metavar="N", type=click.IntRange(min=1), help="Requests at one time, at most (32).")
@click.option("--tls-cert", metavar="FILE", help="Certificate chain (PEM), with --tls-key.")
@click.option("--tls-key", metavar="FILE", help="Its private key (PEM).")
@click.option("--admin-port", metavar="N", type=PORT, help="Port of the admin listener (8081); 0 takes a free one.")
@click.option("--no-admin", is_flag=True, help="No admin listener.")
@click.option(
    "--log-format",
    type=click.Choice(["pretty", "json", "none"]),
    default="pretty",
    show_default=True,
    help="What is printed for each request.",
)
@source_options
@click.pass_context
def command(context: click.Context, /, config: str | None, **options: Any) -> None:
    """Serve the distribution of CONFIG (default: edgeproxy.yaml), or one --origin without any file.

    Options win over the file; what stands in brackets holds where neither says anything. Ctrl-C and SIGTERM finish
    the requests in flight; a second one ends at once.
    """
    project = with_options(project_from(config, options), options)
    from edgeproxy.build import associated_functions, build, runtime_warnings
    from edgeproxy.observe.recorder import Reader, Recorder, fan_out
    from edgeproxy.server import Listener, serve
    from edgeproxy.wsgi import EdgeProxy

    show_warnings(project.warnings)
    for function in associated_functions(project):
        show_warnings(runtime_warnings(function, project))
    readers: list[Reader] = []
    if options["log_format"] != "none":
        from edgeproxy.observe.console import Console

        readers.append(Console(sys.stdout, as_json=options["log_format"] == "json"))
    ready: dict[str, str] = {}
    with build(project) as edge:
        settings = project.server
        tls = settings.tls
        listeners = [
            Listener(
                app=EdgeProxy(edge),
                host=settings.host,
                port=settings.port,
                tls_cert=tls.cert if tls else "",
                tls_key=tls.key if tls else "",
                threads=settings.threads,
                name="server",
            )
        ]

        def on_ready(urls: Mapping[str, str]) -> None:
            ready.update(urls)
            click.echo(introduction(project, urls), err=True)

        if project.admin is not None:
            from edgeproxy.admin.app import AdminApp
            from edgeproxy.observe.metrics import Metrics

            recorder, metrics = Recorder(), Metrics(store=edge.store)
            readers += [recorder.add, metrics.add]
            admin = AdminApp(
                recorder,
                metrics,
                ready=lambda: bool(ready),
                proxy_url=lambda: ready.get("server", ""),
                allowed_hosts=[project.admin.host],
            )
            listeners.append(
                Listener(app=admin, host=project.admin.host, port=project.admin.port, threads=4, name="admin")
            )
        edge.on_trace = fan_out(*readers)
        context.exit(serve(listeners, on_ready=on_ready))


def with_options(project: Project, options: Mapping[str, Any]) -> Project:
    """The project with what the command line overrides."""
    from edgeproxy.config.project import AdminSettings, TlsSettings

    server = project.server
    changes = {name: options[name] for name in ("host", "port", "workers", "threads") if options[name] is not None}
    if options["tls_cert"] or options["tls_key"]:
        if not (options["tls_cert"] and options["tls_key"]):
            raise click.UsageError("--tls-cert and --tls-key go together.")
        changes["tls"] = TlsSettings(cert=options["tls_cert"], key=options["tls_key"])
    if (options["workers"] or 1) > 1:
        raise click.UsageError("This version runs one worker process.")
    server = msgspec.structs.replace(server, **changes)
    admin = None if options["no_admin"] else project.admin or AdminSettings()
    if admin is not None and options["admin_port"] is not None:
        admin = msgspec.structs.replace(admin, port=options["admin_port"])
    return msgspec.structs.replace(project, server=server, admin=admin)


def introduction(project: Project, urls: Mapping[str, str]) -> str:
    """What a user reads when the proxy accepts requests."""
    distribution = project.distribution
    lines = [f"edgeproxy {__version__}: distribution {distribution.id}", f"  proxy  {urls['server']}"]
    if "admin" in urls:
        lines.append(f"  admin  {urls['admin']}/traces")
    for behavior in distribution.all_behaviors():
        lines.append(f"  {behavior.path_pattern} -> {behavior.origin.id}")
        lines += [
            f"      {hook.value}: {behavior.functions[hook].function.name}"
            for hook in Hook
            if hook in behavior.functions
        ]
    lines.append("Ctrl-C stops it.")
    return "\n".join(lines)
