using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines;

internal sealed class RoutinesModule : IModule
{
    public string Name => "Routines";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleDb<RoutinesDb>("routines");
    }
}
