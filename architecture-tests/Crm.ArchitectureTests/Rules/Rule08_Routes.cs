using Crm.ArchitectureTests.Kit;
using Mono.Cecil;

namespace Crm.ArchitectureTests.Rules;

/// <summary>8. A page says its whole address, nobody else has it, and its first word belongs to one module. A tab on another module's record begins with that record's address.</summary>
public sealed class Rule08_Routes
{
    internal sealed record View(string Module, string Path, string? Route, bool IsPage);

    [Fact]
    public void Every_page_has_an_absolute_route_of_its_own() => Problems(Views()).NoneFound();

    [Fact]
    public void It_bites()
    {
        static View Page(string module, string path, string? route) => new(module, path, route, true);
        Problems([Page("A", "/Modules/A/X.cshtml", null)]).Should().ContainSingle();
        Problems([Page("A", "/Modules/A/X.cshtml", "/a"), Page("B", "/Modules/B/X.cshtml", "/a")]).Should().Contain(p => p.Contains("/a", StringComparison.Ordinal));
        Problems([Page("A", "/Features/Y.cshtml", "/a/y")]).Should().ContainSingle("the view is not below its module");
        Problems([Page("A", "/Modules/A/X.cshtml", "/a/{id:guid}"), Page("A", "/Modules/A/Y.cshtml", "/a/{key:guid}")]).Should().ContainSingle("two names for one address are one address");
        Problems([Page("A", "/Modules/A/X.cshtml", "/a"), Page("B", "/Modules/B/X.cshtml", "/a/new")]).Should().ContainSingle("/a is A's");
        Problems([Page("A", "/Modules/A/X.cshtml", "/a"), Page("B", "/Modules/B/X.cshtml", "/a/{id:guid}/deals")]).Should().BeEmpty("that is a tab");
    }

    internal static IEnumerable<View> Views() => Solution.Assemblies.SelectMany(a => a.CustomAttributes.Where(c => c.AttributeType.Name == "RazorCompiledItemAttribute").Select(c =>
    {
        var type = ((TypeReference)c.ConstructorArguments[0].Value).Resolve();
        var route = type.CustomAttributes.Where(m => m.AttributeType.Name == "RazorCompiledItemMetadataAttribute" && (string)m.ConstructorArguments[0].Value == "RouteTemplate").Select(m => (string)m.ConstructorArguments[1].Value).FirstOrDefault();
        return new View(Solution.ModuleOf(a.Name.Name), (string)c.ConstructorArguments[2].Value, route, (string)c.ConstructorArguments[1].Value == "mvc.1.0.razor-page");
    }));

    private static IEnumerable<string> Problems(IEnumerable<View> all)
    {
        var views = all.ToList();
        // Crm.Web is no module: its views are the shared ones of the framework.
        foreach (var view in views.Where(v => v.Module is not ("Web" or "Host") && !v.Path.StartsWith($"/Modules/{v.Module}/", StringComparison.Ordinal))) yield return $"{view.Path} does not stand below /Modules/{view.Module}/.";
        var pages = views.Where(v => v.IsPage).ToList();
        foreach (var page in pages.Where(p => string.IsNullOrEmpty(p.Route))) yield return $"{page.Path} has no address in @page.";
        var routed = pages.Where(p => !string.IsNullOrEmpty(p.Route)).Select(p => (Page: p, Parts: p.Route!.Trim('/').Split('/').Select(s => s.StartsWith('{') ? "{}" : s.ToLowerInvariant()).ToArray())).ToList();
        foreach (var same in routed.GroupBy(r => string.Join('/', r.Parts)).Where(g => g.Count() > 1)) yield return $"/{same.Key} is the address of {string.Join(" and ", same.Select(s => s.Page.Path))}.";
        foreach (var first in routed.Where(r => r.Parts.Length < 3 || r.Parts[1] != "{}").GroupBy(r => r.Parts[0]).Where(g => g.Select(r => r.Page.Module).Distinct().Count() > 1 && g.Key.Length > 0))
            yield return $"/{first.Key} belongs to {string.Join(" and ", first.Select(f => f.Page.Module).Distinct())}.";
    }
}
