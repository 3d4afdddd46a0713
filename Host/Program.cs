using Crm.Core;
using Crm.Data;
using Crm.Data.Postgres;
using Crm.Web;

var builder = NewBuilder();
builder.WebHost.UseStaticWebAssets();
builder.WebHost.ConfigureKestrel(k =>
{
    k.AddServerHeader = false;
    k.Limits.MaxConcurrentConnections = 5000;
    k.Limits.MaxRequestBodySize = 30 * 1024 * 1024;
});
if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls("http://localhost:5080");
builder.Host.ConfigureHostOptions(o => o.ShutdownTimeout = TimeSpan.FromSeconds(15));
var serves = CommandLine.AsksToServe(args);
// What a verb prints is its answer; what it logs goes beside it.
if (!serves) builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(c => c.LogToStandardErrorThreshold = LogLevel.Trace);

using var startLog = LoggerFactory.Create(l => l.AddSimpleConsole(c => c.SingleLine = true).AddConsole(c => c.LogToStandardErrorThreshold = LogLevel.Trace));
try
{
    if (!serves)
    {
        // Help and mistyped words are answered before a database is looked for: services that never open theirs know all verbs.
        var words = NewBuilder();
        AddAll(words, "Host=localhost");
        await using var unopened = words.Build();
        if (await CommandLine.PrintAsync(unopened.Services, args) is { } printed) return printed;
    }

    await using var database = await CrmDatabase.OpenAsync(builder.Configuration, startLog.CreateLogger("Crm"));
    AddAll(builder, database.ConnectionString);
    await using var app = builder.Build();
    if (!serves)
    {
        await DatabaseStartup.MigrateAsync(app.Services, default);
        return await CommandLine.RunAsync(app.Services, args);
    }

    app.UseResponseCompression();
    app.UseCrmWeb();
    app.UseApiBodies();
    app.MapCrmWeb();
    app.MapCrmApi();
    app.MapCrmHealth();
    // The design-time tools stop here: they only want the services.
    if (Microsoft.EntityFrameworkCore.EF.IsDesignTime) return 0;
    await DatabaseStartup.MigrateAsync(app.Services, default);
    await FirstStart.RunAsync(app.Services, demo: app.Configuration.GetValue("Crm:Demo", database.IsEmbedded), default);
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (StartupProblems.Explain(e) is { } sentence)
{
    await Console.Error.WriteLineAsync(sentence);
    return 1;
}

// A built Host may be started from anywhere: its settings and pages lie beside it.
WebApplicationBuilder NewBuilder() => WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory });

static void AddAll(WebApplicationBuilder builder, string connectionString)
{
    var assemblies = builder.Services.AddCrmPages();
    builder.Services.AddContributions(assemblies).AddCrmData(connectionString, assemblies).AddCrmWeb(assemblies).AddCrmApi().AddCrmTelemetry(builder.Configuration);
    builder.Services.AddResponseCompression();
    foreach (var module in Modules.Find(assemblies)) module.AddServices(builder.Services, builder.Configuration);
}

public sealed partial class Program;
