"""How alerts leave the workspace: one message a signal and subject, as JSON that the incidents handler reads."""

import json

# One line of JSON. Labels are made by the rules; of what a summary may hold, JSON's own characters are taken out.
_MESSAGE = (
    '{{ define "sns.default.message" }}{"source":"alertmanager","alerts":['
    "{{ range $i, $alert := .Alerts }}{{ if $i }},{{ end }}"
    '{"status":"{{ $alert.Status }}",'
    '"name":"{{ $alert.Labels.alertname }}",'
    '"signal":"{{ $alert.Labels.signal }}",'
    '"subject":"{{ $alert.Labels.subject }}",'
    '"severity":"{{ $alert.Labels.severity }}",'
    '"slo":"{{ $alert.Labels.slo }}",'
    '"startsAt":"{{ $alert.StartsAt.Format "2006-01-02T15:04:05.000Z07:00" }}",'
    '"endsAt":"{{ $alert.EndsAt.Format "2006-01-02T15:04:05.000Z07:00" }}",'
    '"summary":"{{ reReplaceAll "[\\"\\\\\\\\[:cntrl:]]" " " $alert.Annotations.summary }}"}'
    "{{ end }}]}{{ end }}\n"
)
_SUBJECT = (
    '{{ define "sns.default.subject" }}[{{ .Status }}] {{ .GroupLabels.signal }} {{ .GroupLabels.subject }}{{ end }}\n'
)
TEMPLATES = _SUBJECT + _MESSAGE


def alert_manager(topic_arn: str, region: str) -> str:
    """The alert manager's own configuration, which `amtool check-config` reads: YAML, of which JSON is a part."""
    document = {
        "templates": ["default_template"],
        "route": {
            "receiver": "incidents",
            "group_by": ["signal", "subject"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "12h",
        },
        "receivers": [
            {
                "name": "incidents",
                "sns_configs": [
                    {
                        "topic_arn": topic_arn,
                        "sigv4": {"region": region},
                        "send_resolved": True,
                        "subject": '{{ template "sns.default.subject" . }}',
                        "message": '{{ template "sns.default.message" . }}',
                    }
                ],
            }
        ],
        # A budget that burns fast also burns slowly, and an outage is made of errors: one message is enough.
        "inhibit_rules": [
            {
                "source_matchers": [f'signal="{stronger}"'],
                "target_matchers": [f'signal=~"{weaker}"'],
                "equal": ["subject"],
            }
            for stronger, weaker in (("outage", "errors|latency"), ("burn-fast", "burn-slow"))
        ],
    }
    return json.dumps(document)


def definition(topic_arn: str, region: str) -> str:
    """What Amazon Managed Prometheus takes: the templates, and the configuration as a text within.

    In JSON, in which templates full of quotes and line ends mean what they say, whatever reads them.
    """
    document = {
        "template_files": {"default_template": TEMPLATES},
        "alertmanager_config": alert_manager(topic_arn, region),
    }
    return json.dumps(document)
