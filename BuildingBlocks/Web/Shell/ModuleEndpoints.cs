using Crm.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web;

/// <summary>
/// Endpoints of a module that are neither pages nor part of <c>/api/v1</c>: a protocol with paths of its own, a hub, files of a part. Each carries
/// <c>[Requires]</c>, <c>[SignedIn]</c> or <c>[Public]</c> in its metadata; without one the application does not start.
/// </summary>
[Contribution(ServiceLifetime.Singleton)]
public interface IModuleEndpoints
{
    /// <summary>Maps them; paths are absolute.</summary>
    void Map(IEndpointRouteBuilder routes);
}
