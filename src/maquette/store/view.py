"""The documents' own table names as read-only views of the one model."""

from __future__ import annotations

_STATUS = """case j.state when 'queued' then 'pending' when 'succeeded' then 'completed'
 when 'running' then 'processing' when 'waiting' then 'processing' else 'failed' end"""
_LAST = "left join attempts a on a.job = j.id and a.number = (select max(b.number) from attempts b where b.job = j.id)"
_READ_ONLY = "left join workspaces w on w.id"
"""Postgres lets a view of a single table be written; one of a join it does not."""
_OPERATION = "replace(j.action, 'media.' || coalesce(a.provider, '') || '.', '')"


def _detail(dialect: str) -> str:
    return "j.error ->> 'detail'" if dialect == "postgresql" else "json_extract(j.error, '$.detail')"


def _prompt(dialect: str, column: str) -> str:
    return f"j.params ->> '{column}'" if dialect == "postgresql" else f"json_extract(j.params, '$.{column}')"


def _template(dialect: str) -> str:
    """Return the name of the template that gave the prompt, as the job's source tells it."""
    if dialect == "postgresql":
        return "j.source -> 'template' ->> 'name'"
    return "json_extract(j.source, '$.template.name')"


_TALK = "(select min(m.conversation) from messages m where m.job = j.id)"
_ASKED = "left join interactions i on i.id = j.interaction"
_RUN = "coalesce(i.run, j.parent, j.run) as workflow_run_id"


def _body(dialect: str, path: str) -> str:
    """Return a part of a definition's body, as text."""
    return f"d.body ->> '{path}'" if dialect == "postgresql" else f"json_extract(d.body, '$.{path}')"


def _whole(dialect: str, path: str) -> str:
    """Return a part of a definition's body, as JSON."""
    return f"d.body -> '{path}'" if dialect == "postgresql" else f"json_extract(d.body, '$.{path}')"


_NEWEST = f"""from definitions d {_READ_ONLY} = d.workspace where d.kind = 'preset' and d.deleted_at is null
 and d.version = (select max(o.version) from definitions o where o.id = d.id)"""  # noqa: S608 - made of constants only
_ENDED = "(select count(*) from attempts t where t.account = a.id and t.state"


def _configured(dialect: str) -> dict[str, str]:
    """Return the views of accounts and presets; keys are in none of them."""
    kind = f"case {_body(dialect, 'strategy')} when 'fallback' then 'simple' else 'adaptive' end"
    enabled = _body(dialect, "enabled")
    switched = f"({enabled})::boolean" if dialect == "postgresql" else f"cast({enabled} as boolean)"
    tries = f"cast({_body(dialect, 'max_attempts')} as integer)"
    return {
        "llm_accounts": f"""
            select a.id, a.workspace, a.provider, a.name as account_name, a.models,
             a.per_minute as rate_limit_per_minute, a.per_day as rate_limit_per_day, a.enabled as is_active,
             {_ENDED} = 'succeeded') as success_count,
             {_ENDED} in ('failed', 'refused', 'not_sent')) as failure_count,
             (select coalesce(sum(t.cost), 0) from attempts t where t.account = a.id) as total_cost,
             a.created_at, a.updated_at
            from accounts a {_READ_ONLY} = a.workspace""",  # noqa: S608 - made of constants only
        "model_presets": f"""
            select d.id, d.workspace, d.name, {_body(dialect, "media")} as media_type,
             {_body(dialect, "strategy")} as mixing_strategy, {_whole(dialect, "candidates")} as models,
             cast({_body(dialect, "priority")} as integer) as priority, {switched} as is_active, d.version, d.created_at
            {_NEWEST}""",
        "workflow_configs": f"""
            select d.id, d.workspace, d.name, {_body(dialect, "media")} as media_type, {kind} as workflow_type,
             {_body(dialect, "strategy")} as strategy, {_whole(dialect, "candidates")} as steps,
             coalesce({tries}, 3) as max_attempts, {switched} as enabled, d.version, d.created_at
            {_NEWEST}""",
    }


def _spot(dialect: str) -> tuple[str, str]:
    """Return provider and prompt id: as the place in an interaction's data names them, whoever stood in."""
    slash = "position('/' in substr(j.subject, 2))" if dialect == "postgresql" else "instr(substr(j.subject, 2), '/')"
    named = "case when j.subject like '/%/%' then"
    provider = f"{named} substr(j.subject, 2, {slash} - 1) else a.provider end as provider"
    return provider, f"{named} substr(j.subject, {slash} + 2) end as prompt_id"


def views(dialect: str) -> dict[str, str]:
    """Return the statement that makes each view, by its name."""
    provider, prompt = _spot(dialect)
    binary = "::jsonb" if dialect == "postgresql" else ""
    return _configured(dialect) | {
        "content_generation_metadata": f"""
            select 'cgm_' || substr(j.id, 5) as id, j.workspace, {_RUN},
             j.interaction as interaction_id, {provider}, {prompt}, {_OPERATION} as operation,
             j.params{binary} as request_params, j.source{binary} as source_data, a.response as response_data,
             j.created_at, j.ended_at as completed_at, {_STATUS} as status, {_detail(dialect)} as error_message,
             a.cost_amount as credits_used
            from jobs j {_LAST} {_ASKED}""",  # noqa: S608 - made of constants only
        "generated_content": f"""
            select 'gc_' || substr(s.id, 7) as id, s.workspace, {_RUN},
             'cgm_' || substr(j.id, 5) as metadata_id, s."index" as "index", s.media as content_type,
             s.provider_url, s.blob as local_path, s.created_at
            from assets s join jobs j on j.id = s.job {_ASKED}""",  # noqa: S608
        "media_generations": f"""
            select j.id, j.workspace, {_TALK} as conversation_id, j.created_by as user_id,
             j.produces as generation_type,
             {_prompt(dialect, "prompt")} as prompt,
             {_prompt(dialect, "negative_prompt")} as negative_prompt,
             j.params as parameters, {_template(dialect)} as template_id, a.provider, {_STATUS} as status,
             (select min(s.blob) from assets s where s.job = j.id) as result_path, a.response as result_metadata,
             {_detail(dialect)} as error_message, j.created_at, j.ended_at as completed_at
            from jobs j {_LAST}""",  # noqa: S608
        "media_generation_jobs": f"""
            select j.id, j.workspace, j.produces as media_type, {_prompt(dialect, "prompt")} as prompt, j.action,
             {_STATUS} as status, j.max_attempts, j.created_at, j.ended_at as completed_at, {_detail(dialect)} as error
            from jobs j {_READ_ONLY} = j.workspace""",  # noqa: S608
        "media_generation_events": f"""
            select e.seq as id, e.workspace, e.job as job_id, e.type as event_type, e.data as event_data,
             e.at as created_at
            from events e {_READ_ONLY} = e.workspace""",  # noqa: S608
    }
