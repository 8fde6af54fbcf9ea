"""Microsoft's Python SDK (msgraph-beta-sdk) against the emulator, with only its base URL changed.

Usage: python python_sdk.py http://127.0.0.1:8080/beta
"""

import asyncio
import json
import sys
import urllib.request

from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.middleware.options import RetryHandlerOption
from msgraph_beta import GraphRequestAdapter, GraphServiceClient
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.models.security.incident_task import IncidentTask
from msgraph_beta.generated.models.security.incident_task_status import IncidentTaskStatus
from msgraph_beta.generated.security.incident_tasks.incident_tasks_request_builder import IncidentTasksRequestBuilder
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

BASE_URL = sys.argv[1]
EMULATOR = BASE_URL.removesuffix("/beta") + "/emulator"
TASK, ACTION_TASK = "213213", "213214"
Query = IncidentTasksRequestBuilder.IncidentTasksRequestBuilderGetQueryParameters


class AnyToken(AccessTokenProvider):
    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return "any"

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def emulator(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(EMULATOR + path, data, {"content-type": "application/json"}, method=method)
    return urllib.request.urlopen(request).read()


def inject(fault, times=1):
    emulator("POST", "/faults", {"fault": fault, "times": times})


def items_of(client, adapter):
    """Returns the requests of a batch: two reads and an update."""
    update = IncidentTask(status=IncidentTaskStatus.InProgress)
    tasks = client.security.incident_tasks
    return [
        tasks.by_incident_task_id(TASK).to_get_request_information(),
        tasks.by_incident_task_id(TASK).to_patch_request_information(update),
        tasks.by_incident_task_id("7").to_get_request_information(),
    ]


async def batch(client, adapter, relative, depends):
    content = BatchRequestContent()
    previous = None
    for number, information in enumerate(items_of(client, adapter), 1):
        information.path_parameters["baseurl"] = BASE_URL
        item = BatchRequestItem(information, str(number), depends_on=[previous] if depends and previous else [])
        if relative:
            item.url = item.url.removeprefix(BASE_URL)
        content.add_request(item.id, item)
        previous = item.id
    response = await BatchRequestBuilder(adapter).post(content)
    return [response.get_response_by_id(str(number)).status for number in (1, 2, 3)]


async def fails(status, call):
    try:
        await call
    except ODataError as error:
        assert error.response_status_code == status, error
        assert error.error.code and error.error.message, error
        return f"{status} {error.error.code}"
    raise AssertionError(f"no error {status}")


async def main():
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(AnyToken()))
    adapter.base_url = BASE_URL
    client = GraphServiceClient(request_adapter=adapter)
    tasks = client.security.incident_tasks
    once = [RetryHandlerOption(max_retries=0, should_retry=False)]

    async def listed(**options):
        page = await tasks.get(RequestConfiguration(query_parameters=Query(**options)))
        return [task.id for task in page.value], page

    async def paging():
        ids, page = await listed(top=1)
        while page.odata_next_link:
            page = await tasks.with_url(page.odata_next_link).get()
            ids += [task.id for task in page.value]
        return ids

    async def update():
        task = await tasks.by_incident_task_id(TASK).patch(IncidentTask(status=IncidentTaskStatus.Completed))
        return task.status.value

    async def get():
        task = await tasks.by_incident_task_id(ACTION_TASK).get()
        return f"{task.status.value} {type(task.response_action).__name__} {task.created_date_time.isoformat()}"

    async def execute():
        await tasks.by_incident_task_id(ACTION_TASK).microsoft_graph_security_execute_response_action.post()
        return (await tasks.by_incident_task_id(ACTION_TASK).get()).action_status.value

    async def error(status, id, fault=None):
        if fault:
            inject(fault)
        return await fails(status, tasks.by_incident_task_id(id).get(RequestConfiguration(options=once)))

    checks = {
        "list": lambda: listed(),
        "list $filter": lambda: listed(filter="status eq 'open' and incidentId eq '123'"),
        "list $orderby": lambda: listed(orderby=["lastUpdateDateTime desc"]),
        "list $top": lambda: listed(top=1),
        "list $skip": lambda: listed(skip=1),
        "list $select": lambda: listed(select=["id", "status"]),
        "list $search": lambda: listed(search='"reset device"'),
        "list $count": lambda: listed(count=True),
        "list $expand": lambda: listed(expand=["incident"]),
        "paging": paging,
        "get": get,
        "update": update,
        "execute": execute,
        "batch, relative URLs": lambda: batch(client, adapter, True, False),
        "batch, absolute URLs": lambda: batch(client, adapter, False, False),
        "batch, depends_on": lambda: batch(client, adapter, True, True),
        "400": lambda: error(400, "abc"),
        "403": lambda: error(403, TASK, "forbidden"),
        "404": lambda: error(404, "7"),
        "429": lambda: error(429, TASK, "throttled-silent"),
        "429, retried": lambda: retried(),
    }

    async def retried():
        inject("throttled-past-date")
        return (await tasks.by_incident_task_id(TASK).get()).id

    failures = 0
    for name, check in checks.items():
        emulator("POST", "/reset")
        try:
            result = await check()
            result = result[0] if isinstance(result, tuple) else result
            print(f"| {name} | ok | {result} |")
        except Exception as error:
            failures += 1
            print(f"| {name} | FAILED | {type(error).__name__}: {str(error)[:300]} |")
    print(f"{len(checks) - failures} of {len(checks)} passed")
    sys.exit(failures > 0)


asyncio.run(main())
