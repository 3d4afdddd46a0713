using Crm.Core;
using Crm.Data;
using Crm.Tasks.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tasks;

internal sealed class TasksModule : IModule
{
    public string Name => "Tasks";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleDb<TasksDb>(TasksDb.Schema);
        services.AddScoped<Activities.TaskDues>();
        services.AddScoped<Panels.TasksOfContact>();
    }
}
