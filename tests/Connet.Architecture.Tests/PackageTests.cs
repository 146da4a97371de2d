using System.Reflection;
using System.Xml.Linq;
using Connet.Architecture.Tests.Rules;

namespace Connet.Architecture.Tests;

/// <summary>The packages, their references and their form.</summary>
public sealed class PackageTests
{
    private static IEnumerable<string> Projects => RepositoryTree.SourceProjects;

    [Test]
    public void The_source_projects_were_found() => Assert.That(Projects, Does.Contain("Connet.Quic").And.Contain("Connet.Protocol"));

    [TestCaseSource(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string project) =>
        Assert.That(ProjectRules.References(project, Load(project)), Is.Empty);

    [TestCaseSource(nameof(Projects))]
    public void A_compiled_assembly_references_only_what_lies_below_it(string project) =>
        Assert.That(ProjectRules.AssemblyReferences(project, Assembly.Load(project).GetReferencedAssemblies().Select(name => name.Name!)), Is.Empty);

    [TestCaseSource(nameof(Projects))]
    public void Only_tests_benchmarks_and_named_packages_are_friends(string project) =>
        Assert.That(ProjectRules.Friends(project, Load(project)), Is.Empty);

    [TestCaseSource(nameof(Projects))]
    public void A_package_is_described_documented_and_has_a_guarded_api(string project) =>
        Assert.That(ProjectRules.Form(project, Load(project), file => File.Exists(Path.Combine(RepositoryTree.Root, "src", project, file))), Is.Empty);

    [Test]
    public void Documentation_is_generated_by_default_and_tests_never_pack()
    {
        XDocument props = XDocument.Parse(RepositoryTree.Read("Directory.Build.props"));
        Assert.That((string?)props.Descendants("GenerateDocumentationFile").Single(), Is.EqualTo("true"));
        Assert.That((string?)props.Descendants("IsPackable").Single(), Is.EqualTo("false"));
        Assert.That((string?)props.Descendants("TreatWarningsAsErrors").Single(), Is.EqualTo("true"));
    }

    [Test]
    public void Every_project_is_in_the_solution()
    {
        string solution = RepositoryTree.Read("Connet.sln").Replace('\\', '/');
        IEnumerable<string> projects = RepositoryTree.Files("src", "tests", "benchmarks", "samples").Where(path => path.EndsWith(".csproj", StringComparison.Ordinal));
        Assert.That(
            projects.Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)), Is.Empty, "add these with: dotnet sln Connet.sln add");
    }

    [Test]
    public void Every_sample_has_a_quick_check()
    {
        string list = RepositoryTree.Read("eng/samples.txt");
        IEnumerable<string> samples = RepositoryTree.Files("samples").Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Select(path => Path.GetDirectoryName(path)!);
        Assert.That(samples.Where(path => !list.Contains($"\n{path}", StringComparison.Ordinal)), Is.Empty, "add a line for each to eng/samples.txt");
    }

    [TestCase("Connet.Client", """<ProjectReference Include="../Connet.Control/Connet.Control.csproj" />""", "must not reference Connet.Control")]
    [TestCase("Connet.Relay", """<ProjectReference Include="..\Connet.Client\Connet.Client.csproj" />""", "must not reference Connet.Client")]
    [TestCase("Connet.Quic", """<ProjectReference Include="../Connet.Protocol/Connet.Protocol.csproj" />""", "must not reference Connet.Protocol")]
    [TestCase("Connet.Client", """<PackageReference Include="Microsoft.Extensions.Hosting" />""", "must not reference the package")]
    [TestCase("Connet.Client", """<PackageReference Include="Microsoft.Extensions.Options" Version="1.0.0" />""", "gives Microsoft.Extensions.Options a version")]
    [TestCase("Connet.Unheard.Of", "", "is not in the table")]
    public void A_wrong_reference_is_found(string project, string item, string expected) =>
        Assert.That(ProjectRules.References(project, Project(item)), Has.One.Contains(expected));

    [Test]
    public void A_wrong_assembly_reference_is_found()
    {
        string[] references = ["System.Runtime", "Connet.Protocol", "Connet.Relay"];
        Assert.That(ProjectRules.AssemblyReferences("Connet.Client", references), Is.EqualTo(new[] { "Connet.Client must not reference Connet.Relay" }));
        Assert.That(ProjectRules.AssemblyReferences("Connet.Hosting", references), Is.Empty);
    }

    [Test]
    public void A_product_as_friend_is_found() =>
        Assert.That(ProjectRules.Friends("Connet.Quic", Project("""<InternalsVisibleTo Include="Connet.Client" />""")), Has.One.Contains("Connet.Client"));

    [TestCase("<ConnetProjectKind>Library</ConnetProjectKind>", "no Description")]
    [TestCase("<Description>x</Description>", "ConnetProjectKind")]
    [TestCase("<GenerateDocumentationFile>false</GenerateDocumentationFile>", "GenerateDocumentationFile")]
    [TestCase("<NoWarn>$(NoWarn);CS1591</NoWarn>", "CS1591")]
    [TestCase("", "no PublicAPI.Shipped.txt")]
    public void A_badly_formed_project_is_found(string property, string expected) =>
        Assert.That(ProjectRules.Form("Connet.Bad", Project(property), _ => false), Has.One.Contains(expected));

    private static XDocument Load(string project) => XDocument.Parse(RepositoryTree.Read($"src/{project}/{project}.csproj"));

    private static XDocument Project(string content) => XDocument.Parse($"<Project><ItemGroup>{content}</ItemGroup></Project>");
}
