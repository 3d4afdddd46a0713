using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Tasks.Data.Migrations
{
    /// <inheritdoc />
    public partial class GroupTasks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "first_of_group_counts",
                schema: "tasks",
                table: "work_tasks",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<Guid>(
                name: "group_execution_id",
                schema: "tasks",
                table: "work_tasks",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_work_tasks_group_execution_id",
                schema: "tasks",
                table: "work_tasks",
                column: "group_execution_id",
                filter: "group_execution_id is not null");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_work_tasks_group_execution_id",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "first_of_group_counts",
                schema: "tasks",
                table: "work_tasks");

            migrationBuilder.DropColumn(
                name: "group_execution_id",
                schema: "tasks",
                table: "work_tasks");
        }
    }
}
