using Crm.Core;
using Crm.Data;
using Crm.Platform.Access;
using Crm.Platform.Background;
using Crm.Platform.Contracts;
using Crm.Platform.Data;
using Crm.Platform.Domain;
using Crm.Platform.Features.SecondFactor;
using Crm.Platform.Features.SignIn;
using Crm.Platform.Fields;
using Crm.Platform.Files;
using Crm.Platform.Importing;
using Crm.Platform.Lists;
using Crm.Platform.Notifying;
using Crm.Platform.Organising;
using Crm.Platform.Searching;
using Crm.Platform.Working;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform;

internal sealed class PlatformModule : IModule
{
    public string Name => "Platform";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddModuleDb<PlatformDb>("platform");

        services.AddSingleton<AccessChanges>();
        services.AddSingleton<Features.Dashboard.DashboardBlocks>();
        services.AddHostedService(sp => sp.GetRequiredService<AccessChanges>());
        services.AddSingleton<Crm.Platform.Contracts.IQrCodes, Access.QrCodes>();
        services.AddSingleton<IUserAccessSource, UserAccessSource>();
        services.AddSingleton<UserDirectory>();
        services.AddSingleton<IUserDirectory>(sp => sp.GetRequiredService<UserDirectory>());
        services.AddSingleton<IBranchDirectory>(sp => sp.GetRequiredService<UserDirectory>());
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<LiveTokens>();
        services.AddSingleton<IStudioTokens, StudioTokens>();
        services.AddSingleton<SignInGuard>();
        services.AddSingleton<HashingThreads>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<IPasswordHasher<User>, PasswordHasher<User>>();
        // OWASP's figure for PBKDF2 with SHA-512; raised here, old hashes follow at the next sign-in of each user.
        services.Configure<PasswordHasherOptions>(o => o.IterationCount = configuration.GetValue("Crm:Passwords:Iterations", 210_000));
        services.AddSingleton<HalfSignIns>();
        services.AddSingleton<ResetLinks>();
        services.AddScoped<TwoFactors>();
        services.AddScoped<SignInLog>();
        services.AddScoped<OpenSessions>();
        services.AddScoped<CodeCheck>();
        services.AddScoped<ISignInOrigin, SignInOrigin>();
        services.AddSchemes();
        services.AddHostedService<ConnectionGuard>();

        services.AddScoped<RecordHistory>();
        services.AddScoped<RecordPast>();
        services.AddScoped<ClosedInPast>();
        services.AddScoped<IRecordHistory>(sp => sp.GetRequiredService<RecordHistory>());
        services.AddSingleton<Settings>();
        services.AddScoped<ISettings, SettingsStore>();
        services.AddSingleton<ICustomFields, CustomFieldCache>();
        services.AddSingleton<ViewCache>();
        services.AddScoped<ISavedViews, SavedViews>();
        services.AddSingleton<WorkCalendars>();
        services.AddScoped<WorkPlaces>();
        services.AddSingleton<IWorkingTime, WorkingTime>();
        services.AddSingleton<Organisation>();
        services.AddSingleton<IOrganisation>(sp => sp.GetRequiredService<Organisation>());
        services.AddScoped<GlobalSearch>();
        services.AddScoped<CustomFiles>();
        services.AddScoped<ICustomFileKeeper>(s => s.GetRequiredService<CustomFiles>());
        services.AddScoped<ISoundSearch>(s => s.GetRequiredService<GlobalSearch>());
        services.AddScoped<INotifier, Notifier>();
        services.AddSingleton<FileFolder>();
        services.AddScoped<FileThumbnails>();
        services.AddScoped<FileStore>();
        services.AddScoped<IFileStore>(sp => sp.GetRequiredService<FileStore>());

        services.AddSingleton<ImportFolder>();
        services.AddSingleton<WorkKinds>();
        services.AddSingleton<WorkTable>();
        services.AddScoped<IBackgroundWork, BackgroundWork>();
        services.AddPump<WorkPump>();
    }
}
