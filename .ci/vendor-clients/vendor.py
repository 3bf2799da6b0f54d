"""What the clients of Huawei Cloud have in common: requests signed with an access key."""

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.utils.http_utils import sanitize_for_serialization


def signed(sandbox, client, service):
    """A client that signs its requests."""
    keys = BasicCredentials(sandbox["access key"], sandbox["secret key"], sandbox["eu-de"])
    return client.new_builder().with_credentials(keys).with_endpoint(sandbox[service]).build()


def read(reply):
    """What a reply was read as, by the names on the wire."""
    return sanitize_for_serialization(reply)
