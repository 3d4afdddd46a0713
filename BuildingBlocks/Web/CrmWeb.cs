using System.IO.Compression;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Crm.Core;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Crm.Web;

/// <summary>
/// The web part of the application, for Host:
/// <code>
/// var assemblies = builder.Services.AddCrmPages();      // pages of all modules; answers the assemblies to scan
/// builder.Services.AddContributions(assemblies);        // Crm.Core
/// builder.Services.AddCrmWeb(assemblies);
/// …
/// app.UseCrmWeb();                                      // see there for the order
/// app.MapCrmWeb();
/// </code>
/// Host registers the authentication schemes; without one nobody is ever signed in.
/// </summary>
public static class CrmWeb
{
    /// <summary>Adds Razor Pages below <c>/Modules</c> and finds the assemblies of the application: the ones with pages and all <c>Crm.*</c> they refer to.</summary>
    public static IReadOnlyCollection<Assembly> AddCrmPages(this IServiceCollection services)
    {
        var parts = services.AddRazorPages(o => o.RootDirectory = "/Modules").PartManager.ApplicationParts.OfType<AssemblyPart>().Select(p => p.Assembly);
        var found = new Dictionary<string, Assembly>(StringComparer.Ordinal);
        var queue = new Queue<Assembly>(parts.Append(typeof(CrmWeb).Assembly));
        while (queue.TryDequeue(out var assembly))
        {
            if (!found.TryAdd(assembly.GetName().Name!, assembly)) continue;
            foreach (var name in assembly.GetReferencedAssemblies().Where(n => n.Name!.StartsWith("Crm.", StringComparison.Ordinal)))
                queue.Enqueue(Assembly.Load(name));
        }

        return [.. found.Values.Where(a => a.GetName().Name!.StartsWith("Crm.", StringComparison.Ordinal))];
    }

    /// <summary>Adds what pages stand on: texts, binders, rights of endpoints, error pages, live connections. Loads the texts of the assemblies.</summary>
    public static IServiceCollection AddCrmWeb(this IServiceCollection services, IReadOnlyCollection<Assembly> assemblies)
    {
        Texts.Load(assemblies);
        ValidationTexts.Use();

        services.AddRazorPages(o => o.Conventions.ConfigureFilter(new HandlerAccessFilter()))
            .AddMvcOptions(o =>
            {
                o.ModelBinderProviders.Insert(0, new TypedTextBinderProvider());
                o.Filters.Add(new HtmxRedirectFilter());
                // Validators say what is required, not the nullability of a property.
                o.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
                o.MaxModelBindingCollectionSize = 1024;
                BindingMessages.Use(o.ModelBindingMessageProvider);
            });
        // Persian letters stay letters: as entities they take three times the room.
        services.Configure<Microsoft.Extensions.WebEncoders.WebEncoderOptions>(o => o.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        services.AddHttpContextAccessor();
        services.AddDataProtection();
        services.AddSingleton<LiveConnections>();
        services.AddSignalR(o => o.AddFilter<LiveConnections>());
        services.AddAntiforgery(o =>
        {
            o.HeaderName = "RequestVerificationToken";
            o.Cookie.Name = "crm.csrf";
            o.Cookie.HttpOnly = true;
            o.Cookie.SameSite = SameSiteMode.Lax;
            o.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            o.SuppressXFrameOptionsHeader = true;
        });
        // The default level is the quickest; the next one makes a list of 50 rows a sixth smaller (9,990 to 8,290 bytes) for half a millisecond.
        services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Optimal);
        services.Configure<RouteOptions>(o => o.LowercaseUrls = true);

        services.AddSingleton(Localizers.One);
        services.AddScoped(sp => sp.GetRequiredService<ICurrentUser>().Access is { } user
            ? DateView.Of(user)
            : DateView.Of(null) with { Language = Texts.Language, Calendar = Texts.IsPersian ? CalendarKind.Jalali : CalendarKind.Gregorian });
        services.AddSingleton<Assets>();
        services.AddScoped<ShellView>();
        services.AddScoped<RecordLists>();
        services.AddScoped<IFormSheets, FormSheets>();
        services.AddSingleton<SearchLimits>();
        services.AddSingleton<LocalLivePush>();
        services.AddSingleton<ILocalLivePush>(sp => sp.GetRequiredService<LocalLivePush>());
        // Who carries messages between hosts registers another ILivePush.
        services.TryAddSingleton<ILivePush>(sp => sp.GetRequiredService<LocalLivePush>());
        services.AddHostedService<EndpointAccessCheck>();
        services.AddHostedService<QuietMemory>();
        services.AddHostedService<ForgottenFailures>();
        services.AddAuthorization();
        return services;
    }

    /// <summary>
    /// The pipeline, in this order:
    /// 1. security headers (set when the response starts, so error pages have them too);
    /// 2. errors: exceptions and bare status codes become pages or problem details;
    /// 3. routing: from here on the endpoint, and so its rights, are known;
    /// 4. authentication, if Host added a scheme;
    /// 5. the current user: looked up, checked (active, stamp); then the language of the request;
    ///    and, for the API, how much this user (or, of strangers, this address) may ask (where AddCrmApi was called), and how much he may search at one time;
    /// 6. rights of the endpoint: [Requires], [SignedIn], [Public];
    /// 7. authorization (for endpoints that use [Authorize]);
    /// 8. the CSRF check of everything that is not a Razor page (pages do it themselves).
    /// What Host adds before the call runs before 1 (forwarded headers, response compression, rate limits by address); what it adds after, after 8.
    /// </summary>
    public static WebApplication UseCrmWeb(this WebApplication app)
    {
        EndpointAccess.CheckPages(app.Services.GetRequiredService<ApplicationPartManager>());
        app.UseSecurityHeaders();
        app.UseMiddleware<ErrorHandling>();
        app.UseRouting();
        if (app.Services.GetService<IAuthenticationSchemeProvider>() is not null) app.UseAuthentication();
        app.UseCurrentUser();
        app.UseApiLimits();
        app.UseSearchLimits();
        app.UseEndpointAccess();
        app.UseAuthorization();
        app.UseCsrfCheck();
        return app;
    }

    /// <summary>Maps static files, pages, the live hub and the shell's own endpoints.</summary>
    public static WebApplication MapCrmWeb(this WebApplication app)
    {
        app.MapStaticAssets();
        app.MapRazorPages();
        app.MapHub<LiveHub>("/hubs/live");
        app.MapShell();
        app.MapScriptWords();
        foreach (var endpoints in app.Services.GetServices<IModuleEndpoints>()) endpoints.Map(app);
        return app;
    }
}
