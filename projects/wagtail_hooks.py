"""What projects adds to the admin."""

from wagtail import hooks

from projects.viewsets import TrafficLightViewSet


@hooks.register("register_admin_viewset")
def traffic_lights():
    """Monthly traffic lights."""
    return TrafficLightViewSet()
