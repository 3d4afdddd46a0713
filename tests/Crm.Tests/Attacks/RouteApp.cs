using System.Reflection;
using System.Text.RegularExpressions;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.FollowUps;
using Crm.Contacts.Features.LogCommunication;
using Crm.Core;
using Crm.Messaging.Domain;
using Crm.Messaging.Features.EditTemplate;
using Crm.Messaging.Features.WriteMessage;
using Crm.Platform.Features.EditRole;
using Crm.Platform.Features.Tokens;
using Crm.Routines.Features.Forms;
using Crm.Tests.Contacts;
using Crm.Tests.Routines;
using Crm.Tests.Tasks;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Attacks;

/// <summary>The application with one record of every kind, so that what is refused would otherwise have hit something.</summary>
public sealed partial class RouteApp : RoutinesApp
{
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private IReadOnlyList<AppRoute>? _routes;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await SendAsync(new Crm.Platform.Features.Account.SaveProfileCommand { Language = "en" }, "admin");
        var admin = await UserIdAsync("admin");
        var contact = await Given.PersonAsync(this, "Route", "Person", by: "admin");
        var kind = Given.Value(BaseLists.CommunicationKind);
        var communication = await SendAsync(new LogCommunicationCommand { ContactId = contact, KindId = kind, Text = "Talked", StartedAt = Clock.GetUtcNow() }, "admin");
        var followUp = await SendAsync(new PlanFollowUpCommand { ContactId = contact, KindId = kind, DueAt = Clock.GetUtcNow().AddDays(1), AssigneeId = admin }, "admin");
        var routine = await RoutineAsync("Route routine", [Stage("Check")]);
        var job = await StartAsync(routine, "admin", contact);
        var versions = await QueryAsync<(string DefinitionId, string VersionId)>("select d.definition_id, v.version_id from routines.routine_definitions d join routines.routine_versions v on v.routine_id = d.id where d.id = @routine", new { routine });
        await SendAsync(new CreateTokenCommand { Label = "Route token" }, "admin");
        await DrainAsync();
        _ids["/contacts"] = contact.ToString();
        _ids["/communications"] = communication.ToString();
        _ids["/follow-ups"] = followUp.ToString();
        _ids["/tasks"] = (await this.TaskAsync("Route task", "admin", ["admin"])).ToString();
        _ids["/messages/templates/edit"] = _ids["/templates"] = (await SendAsync(new SaveTemplateCommand { Name = "Route template", Body = "Hello", Active = true }, "admin")).ToString();
        _ids["/messages/wishes"] = contact.ToString();
        _ids["/messages"] = (await SendAsync(new SaveMessageCommand { Channel = MessageChannel.Sms, Address = "09121234567", Body = "Draft" }, "admin")).ToString();
        _ids["/jobs/stages"] = (await OpenStagesAsync(job)).Single().Id.ToString();
        _ids["/jobs"] = job.ToString();
        _ids["/routines/forms"] = _ids["/forms"] = (await SendAsync(new SaveFormCommand { Name = "Route form", Fields = [new() { Label = "Field" }] }, "admin")).ToString();
        _ids["/routines"] = routine.ToString();
        _ids["/roles"] = _ids["/settings/roles"] = (await SendAsync(new SaveRoleCommand { Name = "Route role" })).ToString();
        _ids["/branches"] = Branches.HeadOffice.ToString();
        _ids["/users"] = _ids["/settings/users"] = Nima.ToString();
        _ids["/notifications"] = (await QueryAsync<Guid>("select id from platform.notifications limit 1")).FirstOrDefault().ToString();
        _ids["/elsa/definition"] = versions[0].DefinitionId;
        _ids["/elsa/version"] = versions[0].VersionId;
    }

    /// <summary>All ways into the application, each handler of a page by itself; files of the web root left out.</summary>
    public async Task<IReadOnlyList<AppRoute>> RoutesAsync()
    {
        if (_routes is not null) return _routes;
        var loader = Services.GetRequiredService<PageLoader>();
        var routes = new Dictionary<string, AppRoute>(StringComparer.Ordinal);
        foreach (var endpoint in Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null || endpoint.DisplayName == "Fallback {**path:file}") continue;
            var pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/');
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
            {
                var compiled = await loader.LoadAsync(page, endpoint.Metadata);
                var own = Words(compiled.ModelTypeInfo!.GetCustomAttributes(true));
                foreach (var handler in compiled.HandlerMethods.Append(null))
                {
                    // A page without OnGet is shown all the same.
                    var method = (handler?.HttpMethod ?? "Get").ToUpperInvariant();
                    if (handler is null && compiled.HandlerMethods.Any(h => h.HttpMethod == "Get" && h.Name is null)) continue;
                    var name = $"{method} {pattern}{(handler?.Name is { } h2 ? "?handler=" + h2 : "")}";
                    var more = handler?.MethodInfo.GetCustomAttribute<RequiresAttribute>()?.Permission;
                    routes[name] = new(name, method, pattern, [.. own.Concat(more is null || own.Contains(more) ? [] : new[] { more })], handler?.Name, true, false);
                }

                continue;
            }

            var hub = endpoint.Metadata.GetMetadata<HubMetadata>() is not null;
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"])
            {
                if (method is "HEAD") continue;
                var name = $"{method} {pattern}";
                routes[name] = new(name, method == "*" ? "GET" : method, pattern, Words(endpoint.Metadata), null, false, hub || method == "*" && pattern.Contains("/hubs/", StringComparison.Ordinal));
            }
        }

        return _routes = [.. routes.Values.OrderBy(r => r.Pattern, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.Ordinal)];
    }

    /// <summary>The address with the ids of records that are there.</summary>
    public string Fill(AppRoute route)
    {
        var path = route.Pattern.StartsWith("/api/v1", StringComparison.Ordinal) ? route.Pattern["/api/v1".Length..] : route.Pattern;
        var record = _ids.Where(i => path.StartsWith(i.Key + "/", StringComparison.Ordinal)).OrderByDescending(i => i.Key.Length).Select(i => i.Value).FirstOrDefault() ?? Guid.Empty.ToString();
        var filled = Hole().Replace(route.Pattern, hole => hole.Groups[1].Value.TrimStart('*') switch
        {
            "stepId" => _ids["/jobs/stages"],
            "incidentId" => Guid.Empty.ToString(),
            "definitionId" => _ids["/elsa/definition"],
            "id" when path.StartsWith("/elsa/api/workflow-definition", StringComparison.Ordinal) => _ids["/elsa/version"],
            "id" when path.StartsWith("/elsa/api/workflow-instances", StringComparison.Ordinal) => _ids["/jobs"],
            "list" => "status",
            "key" => "tasks",
            "version" => "1",
            "language" => "fa",
            "documentName" => "v1",
            "rest" or "path" => "nothing-there",
            _ => record,
        });
        return route.Handler is null ? filled : $"{filled}?handler={route.Handler}";
    }

    /// <summary>A sum over every row of every table that people's work stands in; what signing in and reading writes is left out (a notification is read by opening it).</summary>
    public async Task<IReadOnlyDictionary<string, string>> SumAsync()
    {
        string[] busy = ["sessions", "sign_in_failures", "sign_ins", "recent_records", "data_protection_keys", "idempotency", "api_tokens", "plumbing_steps", "notifications"];
        var sums = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in await QueryAsync<string>("select table_schema || '.' || table_name from information_schema.tables where table_type = 'BASE TABLE' and table_schema in ('platform', 'contacts', 'tasks', 'messaging', 'routines') order by 1"))
        {
            if (busy.Contains(table.Split('.')[1]) || table.Contains("__", StringComparison.Ordinal)) continue;
            // Signing in stands in the audit.
            sums[table] = (await QueryAsync<string>($"select count(*) || ' ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {table} t {(table == "platform.audit" ? "where entity <> 'Session'" : "")}")).Single();
        }

        return sums;
    }

    private static IReadOnlyList<string> Words(IEnumerable<object> metadata)
    {
        var marks = metadata.ToList();
        var required = marks.OfType<RequiresAttribute>().Select(r => r.Permission).Distinct().ToList();
        return required.Count > 0 ? required : marks.OfType<PublicAttribute>().Any() ? ["public"] : marks.OfType<SignedInAttribute>().Any() ? ["signed-in"] : ["undeclared"];
    }

    [GeneratedRegex(@"\{([^:}?]+)[^}]*\}")]
    private static partial Regex Hole();
}
