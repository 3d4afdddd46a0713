using Crm.Core;
using Crm.Data;
using Crm.Routines.Data;
using Crm.Routines.Deadlines;
using Crm.Routines.Definitions;
using Crm.Routines.Elsa;
using Crm.Routines.DryRuns;
using Crm.Routines.Features.Studio;
using Crm.Routines.Activities;
using Crm.Routines.Activities.Http;
using Crm.Routines.Features.JobRail;
using Crm.Routines.Features.JobTrace;
using Crm.Routines.Runtime;
using Crm.Routines.Versions;
using Crm.Workflows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Routines;

internal sealed class RoutinesModule : IModule
{
    public string Name => "Routines";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleDb<RoutinesDb>("routines");
        services.AddSingleton<CompiledRoutines>();
        services.AddScoped<IRoutineStore, RoutineStore>();
        services.AddSingleton<RoutineCatalog>();
        services.AddSingleton<IActivityCatalog>(sp => sp.GetRequiredService<RoutineCatalog>());
        services.AddScoped<IRoutineUse, RoutineUse>();
        services.AddScoped<RoutineBoxes>();
        services.AddScoped<RoutineTravel>();
        services.AddSingleton<Templates.RoutineTemplates>();
        services.AddSingleton<Templates.TemplatePreviews>();
        services.AddScoped<IServiceScopes, ServiceScopes>();
        services.AddSingleton<StudioFiles>();
        AddRuntime(services, configuration);
    }

    private static void AddRuntime(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(configuration.GetSection("Crm:Routines").Get<RuntimeOptions>() ?? new RuntimeOptions());
        services.AddSingleton<RuntimeSignal>();
        services.AddSingleton<ActivityDirectory>();
        services.AddSingleton<JobVersions>();
        services.AddSingleton<JobData>();
        services.AddSingleton<HttpAnswers>();
        services.AddSingleton<OutsideHttp>();
        services.AddSingleton<HttpDoors>();
        services.AddSingleton<BurstRunner>();
        services.AddSingleton<CallRunner>();
        services.AddSingleton<TimerFirer>();
        services.AddPump<RuntimePump>();
        services.AddScoped<JobStarter>();
        services.AddScoped<TriggerStarter>();
        services.AddScoped<StagePeople>();
        services.AddScoped<DrawnRoutine>();
        services.AddScoped<Features.DesignRoutine.ConditionFields>();
        services.AddScoped<FieldCheck>();
        services.AddScoped<StageSeeker>();
        services.AddScoped<AlarmPlan>();
        services.AddScoped<DeadlineMover>();
        services.AddScoped<MyStandIn>();
        services.AddScoped<Features.DoStage.StageAccess>();
        services.AddScoped<StageFinisher>();
        services.AddScoped<StageAlarms>();
        services.AddScoped<Features.Forms.StageForms>();
        services.AddScoped<Answers>();
        services.AddScoped<JobRails>();
        services.AddScoped<Panels.JobsOfContact>();
        services.AddScoped<Features.PressButton.CustomerButtons>();
        services.AddScoped<JobTraces>();
        services.AddScoped<JobMover>();
        services.AddScoped<DrawingDiff>();
        services.AddScoped<SettingWords>();
        services.AddScoped<DryWorlds>();
    }
}
